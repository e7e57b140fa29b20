using TaskGroups.Testing;

namespace System.Threading;

/// <summary>
/// The core's locks. What happens under one is a single step, for nobody can look in between; one actor runs at a time, so nothing needs to be locked.
/// </summary>
internal sealed class Lock
{
    private ulong _history;

    public Scope EnterScope()
    {
        Explorer.EnterRegion();
        return new Scope(this);
    }

    public readonly ref struct Scope(Lock entered)
    {
        public void Dispose() => Explorer.LeaveRegion(ref entered._history);
    }
}
