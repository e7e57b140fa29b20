using Microsoft.Extensions.Time.Testing;

namespace TaskGroups.Testing;

/// <summary>A clock that stands until a test moves it, and that knows how many timers wait on it.</summary>
public sealed class ManualClock : FakeTimeProvider
{
    private readonly Trail _started = new();
    private readonly Dictionary<TimeSpan, int> _counts = [];
    private int _liveTimers;

    public int LiveTimers => Volatile.Read(ref _liveTimers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _liveTimers);
        CountedTimer timer = new(this, base.CreateTimer(callback, state, dueTime, period));
        OnStarted(dueTime);
        return timer;
    }

    /// <summary>
    /// Completes when a timer of this length has been started, at once if one has been: from then on, moving the clock moves that timer.
    /// </summary>
    public Task WaitForTimerAsync(TimeSpan length) => _started.WaitForAsync(length.ToString());

    /// <summary>How many timers of this length have been started.</summary>
    public int StartedTimers(TimeSpan length) => _started.CountOf(length.ToString());

    /// <summary>Completes when so many timers of this length have been started, at once if they have been.</summary>
    public Task WaitForTimersAsync(TimeSpan length, int count) => _started.WaitForAsync($"{length} #{count}");

    private void OnStarted(TimeSpan length)
    {
        int count;
        lock (_counts)
        {
            count = _counts[length] = _counts.GetValueOrDefault(length) + 1;
        }

        _started.Add(length.ToString());
        _started.Add($"{length} #{count}");
    }

    private sealed class CountedTimer(ManualClock clock, ITimer timer) : ITimer
    {
        private int _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool changed = timer.Change(dueTime, period);
            clock.OnStarted(dueTime);
            return changed;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            {
                Interlocked.Decrement(ref clock._liveTimers);
            }

            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
