namespace TaskGroups.Tests;

/// <summary>Counts what is posted to it, and leaves it to the pool.</summary>
internal sealed class CountingContext : SynchronizationContext
{
    private int _posted;

    public int Posted => Volatile.Read(ref _posted);

    public override void Post(SendOrPostCallback d, object? state)
    {
        Interlocked.Increment(ref _posted);
        base.Post(d, state);
    }

    public Task Call(Func<Task> call)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            return call();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
