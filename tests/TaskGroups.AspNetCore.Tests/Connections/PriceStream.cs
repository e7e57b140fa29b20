using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.HttpResults;

namespace TaskGroups.AspNetCore.Tests.Connections;

// <snippet: sse-recipe>
/// <summary>Tells a client the price of each product that changes, until the client leaves or the application stops.</summary>
internal static class PriceStream
{
    public static ServerSentEventsResult<string> Watch(ChangedProducts changed, Prices prices, ITaskGroup tasks, HttpResponse response) =>
        TypedResults.ServerSentEvents(ReadAsync(changed, prices, tasks, response));

    private static async IAsyncEnumerable<SseItem<string>> ReadAsync(
        ChangedProducts changed,
        Prices prices,
        ITaskGroup tasks,
        HttpResponse response,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChannelReader<int> ids = changed.Subscribe();
        await response.Body.FlushAsync(cancellationToken); // the client sees that it is connected before anything happens
        while (await HasMoreAsync(ids, tasks))
        {
            while (ids.TryRead(out int id))
            {
                // Children of the connection: they end with it, and one that fails aborts the stream.
                (string name, decimal price) = await tasks.AllAsync(ct => prices.NameAsync(id, ct), ct => prices.GetAsync(id, ct));
                yield return new SseItem<string>($"{name} {price}", "price");
            }
        }

        yield return new SseItem<string>("Come back later.", "bye");
    }

    // False: the application stops. A client that has gone is a cancellation.
    private static async Task<bool> HasMoreAsync(ChannelReader<int> ids, ITaskGroup tasks)
    {
        try
        {
            return await ids.WaitToReadAsync(tasks.StoppingToken);
        }
        catch (OperationCanceledException) when (!tasks.CancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
// </snippet>

/// <summary>The ids of products whose price changes.</summary>
internal sealed class ChangedProducts
{
    private readonly Channel<int> _ids = Channel.CreateUnbounded<int>();

    public ChannelReader<int> Subscribe() => _ids.Reader;

    public void Add(int id) => _ids.Writer.TryWrite(id);
}

/// <summary>Prices that are there at once, but for two products.</summary>
internal sealed class Prices(TaskGroups.Testing.Trail trail)
{
    public const int Hanging = -1;
    public const int Broken = -2;

    private readonly decimal _price = 9.5m;

    public Task<string> NameAsync(int id, CancellationToken cancellationToken) => Task.FromResult($"product-{id}-{_price}"[..9]);

    public async Task<decimal> GetAsync(int id, CancellationToken cancellationToken)
    {
        switch (id)
        {
            case Hanging:
                trail.Add("hangs");
                await Task.Delay(Timeout.Infinite, cancellationToken);
                break;
            case Broken:
                throw new InvalidTimeZoneException("no price");
        }

        return _price;
    }
}
