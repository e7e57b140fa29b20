using System.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>A thousand clients with five children each, which all reset their connections at once.</summary>
[Collection(nameof(MassDisconnectTests))]
[CollectionDefinition(nameof(MassDisconnectTests), DisableParallelization = true)] // it weighs the memory of the whole process
public sealed class MassDisconnectTests(ITestOutputHelper output)
{
    private const int Clients = 1_000;
    private const int Children = 5;

    // Far above what the objects of one connection are, and far below what a thousand requests with their groups hold.
    private const long MaxGrowth = 16 * 1024 * 1024;

    // R24, R29: the times are printed, not required: they are the machine's.
    [Fact]
    public async Task Clients_WhenAThousandLeaveAtOnce_LeaveNothingBehind()
    {
        TimeSpan bare = await RunAsync(hasGroups: false);
        TimeSpan withGroups = await RunAsync(hasGroups: true);
        output.WriteLine(
            $"From the first reset to the end of the last request: {withGroups.TotalMilliseconds:0} ms with groups, "
                + $"{bare.TotalMilliseconds:0} ms without.");
    }

    private static async Task<TimeSpan> RunAsync(bool hasGroups)
    {
        Gate begun = new(Clients), ended = new(Clients);
        int canceled = 0;
        RecordingLogger log = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (hasGroups)
        {
            builder.Services.AddRequestTaskGroups();
        }

        await using WebApplication app = builder.Build();
        if (hasGroups)
        {
            app.UseRequestTaskGroups();
        }

        app.Run(async context =>
        {
            context.Response.OnCompleted(() =>
            {
                ended.Open();
                return Task.CompletedTask;
            });
            CancellationToken aborted = context.RequestAborted;
            Task[] children = [.. Enumerable.Range(0, Children).Select(_ => hasGroups
                ? context.GetTaskGroup().Run(UntilCanceledAsync)
                : UntilCanceledAsync(aborted))];
            begun.Open();
            await Task.WhenAll(children);
        });
        await app.StartAsync().WithWatchdog();
        int port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        long before = GC.GetTotalMemory(forceFullCollection: true);

        List<RawConnection> connections = [];
        while (connections.Count < Clients)
        {
            // One after the other: the server's queue of connections not yet accepted is shorter than this.
            connections.Add(await RawConnection.OpenAsync(port));
            await connections[^1].GetAsync("/storm");
        }

        await begun.WaitAsync().WithWatchdog();
        long start = Stopwatch.GetTimestamp();
        foreach (RawConnection connection in connections)
        {
            connection.Reset();
        }

        await ended.WaitAsync().WithWatchdog();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);

        Assert.Equal(Clients * Children, canceled);
        if (hasGroups)
        {
            Assert.Empty(log.Entries);
            Assert.Single(app.Services.GetRequiredService<ApplicationGroups>().Requests.GetSnapshot().Entries);
        }

        connections.Clear();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MaxGrowth);
        return elapsed;

        async Task UntilCanceledAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Interlocked.Increment(ref canceled);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
