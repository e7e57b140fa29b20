namespace Worker;

/// <summary>Stands for a broker: an order comes every 20 ms.</summary>
internal sealed class OrderQueue
{
    private int _last;

    public async Task<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        return Interlocked.Increment(ref _last);
    }
}
