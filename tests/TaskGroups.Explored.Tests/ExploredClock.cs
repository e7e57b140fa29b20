namespace TaskGroups.Explored;

/// <summary>A clock that stands still; one actor fires the timer of a timeout.</summary>
internal sealed class ExploredClock : TimeProvider
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly List<Timer> _timers = [];

    public bool HasTimers => _timers.Count > 0;

    public override long GetTimestamp() => 1;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        if (dueTime == Limit)
            _timers.Add(timer); // others, such as the one for stragglers, never fire
        return timer;
    }

    public bool Fire()
    {
        bool hasFired = HasTimers;
        while (_timers is [var timer, ..])
        {
            _timers.Remove(timer);
            timer.Callback(timer.State);
        }

        return hasFired;
    }

    private sealed class Timer(ExploredClock clock, TimerCallback callback, object? state) : ITimer
    {
        public TimerCallback Callback => callback;

        public object? State => state;

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => clock._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
