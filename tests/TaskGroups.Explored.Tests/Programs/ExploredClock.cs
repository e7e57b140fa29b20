namespace TaskGroups.Explored;

/// <summary>A clock that stands still; actors fire the timers of timeouts and of stragglers.</summary>
internal sealed class ExploredClock : TimeProvider
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan LimitOfStragglers = TimeSpan.FromSeconds(2);

    private readonly List<Timer> _timers = [];

    public bool HasTimers => _timers.Exists(timer => timer.DueTime == Limit);

    public bool HasStragglers => _timers.Exists(timer => timer.DueTime == LimitOfStragglers);

    public override long GetTimestamp() => 1;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state, dueTime);
        if (dueTime == Limit || dueTime == LimitOfStragglers)
        {
            _timers.Add(timer); // others never fire
        }

        return timer;
    }

    public bool Fire() => Fire(Limit);

    public void FireStragglers() => Fire(LimitOfStragglers);

    private bool Fire(TimeSpan dueTime)
    {
        bool hasFired = false;
        while (_timers.Find(timer => timer.DueTime == dueTime) is { } timer)
        {
            hasFired = true;
            _timers.Remove(timer);
            timer.Callback(timer.State);
        }

        return hasFired;
    }

    private sealed class Timer(ExploredClock clock, TimerCallback callback, object? state, TimeSpan dueTime) : ITimer
    {
        public TimerCallback Callback => callback;

        public object? State => state;

        public TimeSpan DueTime => dueTime;

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => clock._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
