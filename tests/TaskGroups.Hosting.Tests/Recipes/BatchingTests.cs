using System.Threading.Channels;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>docs/recipes.md: batching.</summary>
public sealed class BatchingTests : IAsyncLifetime
{
    private readonly Trail _written = new();
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    // The clock stands, so no patience ends
    [Fact]
    public async Task WriteInBatches_WhenABatchIsFull_WritesItAtOnce()
    {
        var clicks = new Clicks(_host.Clock, WriteAsync);
        Task child = _host.Background.Run(clicks.WriteInBatchesAsync, "clicks");
        Assert.All([0, 1, 2, 3], click => Assert.True(clicks.TryAdd(click)));

        await _written.WaitForAsync("0 1 2").WithWatchdog();
        clicks.Complete();
        await child.WithWatchdog();

        Assert.Equal(["0 1 2", "3"], _written.Steps);
    }

    [Fact]
    public async Task WriteInBatches_WhenTheTimeIsUp_WritesWhatIsThere()
    {
        var clicks = new Clicks(_host.Clock, WriteAsync);
        Task child = _host.Background.Run(clicks.WriteInBatchesAsync, "clicks");
        Assert.True(clicks.TryAdd(0));

        await _host.PassAsync(Clicks.Patience);
        await _written.WaitForAsync("0").WithWatchdog();
        clicks.Complete();
        await child.WithWatchdog();

        Assert.Equal(["0"], _written.Steps);
    }

    // R33: the drain waits until the last batch is written
    [Fact]
    public async Task WriteInBatches_WhenTheHostStops_WritesWhatIsThere()
    {
        var clicks = new Clicks(_host.Clock, WriteAsync);
        _host.Background.Run(clicks.WriteInBatchesAsync, "clicks");
        Assert.True(clicks.TryAdd(0));

        Task stop = _host.StopAsync();
        clicks.Complete(); // in the application: StopAsync of a hosted service, which comes after the server's
        await stop;

        Assert.Equal(["0"], _written.Steps);
        Assert.Empty(_host.Unfinished);
    }

    private Task WriteAsync(IReadOnlyList<int> batch, CancellationToken cancellationToken)
    {
        _written.Add(string.Join(' ', batch));
        return Task.CompletedTask;
    }

    // <snippet: batching>
    public sealed class Clicks(TimeProvider time, Func<IReadOnlyList<int>, CancellationToken, Task> writeAsync)
    {
        private const int Size = 3;

        private readonly Channel<int> _waiting = Channel.CreateBounded<int>(10_000);

        public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(2);

        public bool TryAdd(int click) => _waiting.Writer.TryWrite(click);

        public void Complete() => _waiting.Writer.TryComplete();

        // The child: background.Run(clicks.WriteInBatchesAsync, "clicks").
        public async Task WriteInBatchesAsync(CancellationToken cancellationToken)
        {
            while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
            {
                await writeAsync(await ReadBatchAsync(cancellationToken), cancellationToken);
            }
        }

        private async Task<List<int>> ReadBatchAsync(CancellationToken cancellationToken)
        {
            using var patience = new CancellationTokenSource(Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            List<int> batch = [];
            try
            {
                do
                {
                    while (batch.Count < Size && _waiting.Reader.TryRead(out int click))
                    {
                        batch.Add(click);
                    }
                }
                while (batch.Count < Size && await _waiting.Reader.WaitToReadAsync(either.Token));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The time is up: what is there is a batch.
            }

            return batch;
        }
    }
    // </snippet>
}
