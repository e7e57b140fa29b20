using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Cancels the groups of requests that have had <see cref="RequestTaskGroupOptions.DefaultTimeout"/> (R30). It is long, and nearly no
/// request comes near it, so one timer watches all: it is set to the time of the oldest, and fires at most once a second.
/// </summary>
/// <remarks>
/// May be used from any thread. A group is listed among the application's requests before <see cref="OnOpened"/>, and the sweep forgets the
/// time that it was set to before it reads that list: it either finds the group, or the group sets the timer.
/// </remarks>
internal sealed class DefaultTimeoutWatch : ITimeoutWatch, IDisposable
{
    /// <summary>Shorter limits have a timer each: for them a second is much.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TaskGroup _requests;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _dueAt = long.MaxValue; // a timestamp; the maximum while the timer is not set

    public DefaultTimeoutWatch(ApplicationGroups application)
    {
        _requests = application.Requests;
        _time = application.TimeProvider;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = _time.CreateTimer(
                static watch => ((DefaultTimeoutWatch)watch!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Watches a group that has just been opened.</summary>
    /// <param name="startedAt">The moment from which its time counts.</param>
    /// <param name="timeout">Its time.</param>
    public void OnOpened(long startedAt, TimeSpan timeout)
    {
        long due = DueAt(startedAt, timeout);
        if (due < Volatile.Read(ref _dueAt))
        {
            Arm(due);
        }
    }

    // Where its request is not known yet, or no longer, its own opening is the nearest moment.
    public TimeSpan LeftOf(IObservedGroup group) => group.Settings.Timeout!.Value
        - (group is TaskGroup { Owner: RequestTaskGroup request } ? _time.GetElapsedTime(request.StartedAt) : group.Elapsed);

    public void Dispose() => _timer.Dispose();

    private void Arm(long due)
    {
        lock (_lock)
        {
            if (due < _dueAt)
            {
                _dueAt = due;
                double left = Math.Ceiling(_time.GetElapsedTime(_time.GetTimestamp(), due).TotalMilliseconds);
                _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, left)), Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Sweep()
    {
        lock (_lock)
        {
            _dueAt = long.MaxValue;
        }

        long now = _time.GetTimestamp();
        long earliest = long.MaxValue;
        foreach (ChildEntry entry in _requests.CopyEntries())
        {
            if (entry.Nested is not TaskGroup { Settings: { TimeoutWatch: not null, Timeout: { } timeout } } group
                || group.Owner is not RequestTaskGroup request)
            {
                continue; // it has a timer of its own, or has completed meanwhile
            }

            long due = DueAt(request.StartedAt, timeout);
            if (due > now)
            {
                earliest = Math.Min(earliest, due);
            }
            else
            {
                // Apart: callbacks on its token are the application's, and one that blocks must not keep the others waiting.
                ThreadPool.UnsafeQueueUserWorkItem(static over => over.Cancel(CancellationReason.TimedOut), group, preferLocal: false);
            }
        }

        if (earliest < long.MaxValue)
        {
            Arm(Math.Max(earliest, DueAt(now, Pause)));
        }
    }

    private long DueAt(long from, TimeSpan after) => from + (long)(after.TotalSeconds * _time.TimestampFrequency);
}
