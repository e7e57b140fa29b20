using Connections;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using TaskGroups.Testing;

namespace TaskGroups.Grpc.Tests;

/// <summary>SIGTERM under many streams that have no end of their own.</summary>
public sealed class SigtermTests
{
    private const int Count = 200;

    // R33
    [Fact]
    public async Task Sigterm_UnderStreamsOfHubsAndOfGrpc_EndsWithin5SecondsAndTellsEachClient()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        using var channel = GrpcChannel.ForAddress(server.Grpc);
        Gate watching = new(opensAfter: 2 * Count);
        HubConnection[] hubs = [.. Enumerable.Range(0, Count).Select(_ => new HubConnectionBuilder()
            .WithUrl(server.Hub, HttpTransportType.WebSockets, options => options.SkipNegotiation = true)
            .Build())];
        await Task.WhenAll(hubs.Select(hub => hub.StartAsync())).WithWatchdog();
        Task<Exception?>[] hubStreams = [.. hubs.Select((hub, product) => Record.ExceptionAsync(async () =>
        {
            await using IAsyncEnumerator<double> prices = hub.StreamAsync<double>("Watch", product).GetAsyncEnumerator();
            await prices.MoveNextAsync();
            watching.Open();
            while (await prices.MoveNextAsync())
            {
                // Until the server stops.
            }
        }).AsTask())];
        Prices.PricesClient client = new(channel);
        Task<Exception?>[] grpcStreams = [.. Enumerable.Range(0, Count).Select(product => Record.ExceptionAsync(async () =>
        {
            using AsyncServerStreamingCall<Price> call = client.Watch(new WatchRequest { Product = product });
            await call.ResponseStream.MoveNext(CancellationToken.None);
            watching.Open();
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                // Until the server stops.
            }
        }).AsTask())];
        await watching.WaitAsync().WithWatchdog();

        (int exitCode, TimeSpan elapsed) = await server.TerminateAsync();

        Exception?[] hubEnds = await Task.WhenAll(hubStreams).WithWatchdog();
        Exception?[] grpcEnds = await Task.WhenAll(grpcStreams).WithWatchdog();
        string log = string.Join(Environment.NewLine, server.Lines.TakeLast(60));
        Assert.True(exitCode == 0, log);
        Assert.True(elapsed < TimeSpan.FromSeconds(5), $"{elapsed}{Environment.NewLine}{log}");
        Assert.DoesNotContain(server.Lines, IsAboveInformation);
        Assert.All(hubEnds, Assert.NotNull); // the connection closed under the stream
        Assert.All(
            grpcEnds,
            end => Assert.Equal(new Status(StatusCode.Unavailable, "The server stops."), Assert.IsType<RpcException>(end).Status));
        foreach (HubConnection hub in hubs)
        {
            await hub.DisposeAsync();
        }
    }

    private static bool IsAboveInformation(string line) =>
        line.StartsWith("warn:", StringComparison.Ordinal)
        || line.StartsWith("fail:", StringComparison.Ordinal)
        || line.StartsWith("crit:", StringComparison.Ordinal)
        || line.StartsWith("Unhandled", StringComparison.Ordinal);
}
