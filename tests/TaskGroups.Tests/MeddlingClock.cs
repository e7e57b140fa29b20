namespace TaskGroups.Tests;

/// <summary>A clock that does something the next time it is asked.</summary>
internal sealed class MeddlingClock : TimeProvider
{
    private Action? _next;

    public void WhenAsked(Action action) => _next = action;

    public override long GetTimestamp()
    {
        Interlocked.Exchange(ref _next, null)?.Invoke();
        return base.GetTimestamp();
    }
}
