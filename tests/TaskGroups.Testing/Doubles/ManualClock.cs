using Microsoft.Extensions.Time.Testing;

namespace TaskGroups.Testing;

/// <summary>A clock that stands until a test moves it, and that knows how many timers wait on it.</summary>
public sealed class ManualClock : FakeTimeProvider
{
    private readonly Trail _started = new();
    private int _liveTimers;

    public int LiveTimers => Volatile.Read(ref _liveTimers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _liveTimers);
        CountedTimer timer = new(this, base.CreateTimer(callback, state, dueTime, period));
        _started.Add(dueTime.ToString());
        return timer;
    }

    /// <summary>
    /// Completes when a timer of this length has been started, at once if one has been: from then on, moving the clock moves that timer.
    /// </summary>
    public Task WaitForTimerAsync(TimeSpan length) => _started.WaitForAsync(length.ToString());

    private sealed class CountedTimer(ManualClock clock, ITimer timer) : ITimer
    {
        private int _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool changed = timer.Change(dueTime, period);
            clock._started.Add(dueTime.ToString());
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
