using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.SignalR;

/// <summary>The code that docs/signalr.md shows.</summary>
public sealed class SignalRPageTests
{
    [Fact]
    public async Task Hub_OfThePage_AnswersAndStreams()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<Carriers>();

        // <snippet: signalr-hub>
        builder.Services.AddSignalR().AddTaskGroups();

        WebApplication app = builder.Build();
        app.MapHub<PriceHub>("/prices").WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 8 });
        // </snippet>

        await using (app)
        {
            await app.StartAsync().WithWatchdog();
            await using HubConnection client = new HubConnectionBuilder().WithUrl($"{app.Urls.First()}/prices").Build();
            await client.StartAsync().WithWatchdog();

            Assert.Equal(new Quote(4, 7), await client.InvokeAsync<Quote>("Compare", 3).WithWatchdog());
            List<decimal> prices = [];
            HubException failure = await Assert.ThrowsAsync<HubException>(async () =>
            {
                await foreach (decimal price in client.StreamAsync<decimal>("Watch", 3))
                {
                    prices.Add(price);
                }
            }).WithWatchdog();
            Assert.Equal([4, 7], prices);
            Assert.EndsWith("closed", failure.Message, StringComparison.Ordinal);
        }
    }
}

public sealed record Quote(decimal Post, decimal Courier);

public sealed class Carriers
{
    private readonly HubException _closed = new("closed");

    public async Task<decimal> AskAsync(string carrier, int product, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return carrier.Length * product % 5 == 0 ? throw _closed : carrier == "post" ? 4 : 7;
    }

    public async Task WatchAsync(int product, ChannelWriter<decimal> prices, CancellationToken cancellationToken)
    {
        await prices.WriteAsync(await AskAsync("post", product, cancellationToken), cancellationToken);
        await prices.WriteAsync(await AskAsync("courier", product, cancellationToken), cancellationToken);
        throw _closed; // the writer is not completed
    }
}

// <snippet: signalr-methods>
public sealed class PriceHub(ITaskGroup tasks, Carriers carriers) : Hub
{
    // Both calls end before the client has its answer. If one fails, the other is canceled.
    public async Task<Quote> Compare(int product)
    {
        Task<decimal> post = tasks.Run(ct => carriers.AskAsync("post", product, ct));
        Task<decimal> courier = tasks.Run(ct => carriers.AskAsync("courier", product, ct));
        return new Quote(await post, await courier);
    }

    // A child writes, the client reads. A child that fails ends the stream, also one that has not completed the writer.
    public ChannelReader<decimal> Watch(int product)
    {
        var prices = Channel.CreateBounded<decimal>(16);
        tasks.Run(ct => carriers.WatchAsync(product, prices.Writer, ct));
        return prices.Reader;
    }
}
// </snippet>
