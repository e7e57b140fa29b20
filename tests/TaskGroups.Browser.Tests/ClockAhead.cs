namespace TaskGroups.Browser.Tests;

/// <summary>The system's clock, ahead by what a test has added. Timers run in real time.</summary>
internal sealed class ClockAhead : TimeProvider
{
    private long _ticks;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public override long GetTimestamp() =>
        base.GetTimestamp() + (long)(TimeSpan.FromTicks(Interlocked.Read(ref _ticks)).TotalSeconds * TimestampFrequency);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
