using Grpc.Core;
using TaskGroups;

namespace Connections;

/// <summary>Prices for other services.</summary>
internal sealed class PriceService(ITaskGroup tasks) : Prices.PricesBase
{
    // <snippet: grpc-stream>
    public override async Task Watch(WatchRequest request, IServerStreamWriter<Price> responseStream, ServerCallContext context)
    {
        while (true)
        {
            Task<double> amount = tasks.Run(_ => Task.FromResult(Market.PriceOf(request.Product)));
            await responseStream.WriteAsync(new Price { Amount = await amount }, tasks.CancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(1), tasks.StoppingToken); // ends the call with Unavailable when the server stops
        }
    }
    // </snippet>
}
