using TaskGroups.Testing;

namespace System.Threading;

/// <summary>
/// The core's locks. What happens under one is a single step, for no actor sees between; one actor runs at a time, so nothing needs to
/// be locked.
/// In a fine program another may go first, even if the lock is free.
/// </summary>
internal sealed class Lock
{
    private ulong _history;

    public Scope EnterScope()
    {
        // An actor that comes to a lock may have looked at what it guards before, without an operation that the explorer sees.
        Explorer.Point("before a lock", isTrial: true, where: "");
        Explorer.EnterRegion();
        return new Scope(this);
    }

    public readonly ref struct Scope(Lock entered)
    {
        public void Dispose() => Explorer.LeaveRegion(ref entered._history);
    }
}
