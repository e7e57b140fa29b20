using Grpc.Core;
using Grpc.Net.Client;
using TaskGroups.Testing;

namespace TaskGroups.Grpc.Tests;

/// <summary>Clients whose connection breaks in the middle of a call: they do not cancel it.</summary>
public sealed class BrokenConnectionTests
{
    public static TheoryData<CallKind, Break, bool> Kinds
    {
        get
        {
            TheoryData<CallKind, Break, bool> kinds = [];
            foreach (CallKind kind in Enum.GetValues<CallKind>())
            {
                foreach (Break how in Enum.GetValues<Break>())
                {
                    kinds.Add(kind, how, true);
                    kinds.Add(kind, how, false);
                }
            }

            return kinds;
        }
    }

    public static TheoryData<CallKind, string, Break> Phases
    {
        get
        {
            TheoryData<CallKind, string, Break> phases = [];
            foreach (Break how in Enum.GetValues<Break>())
            {
                foreach (string ending in (string[])["reads", "reads-after-a-child"])
                {
                    phases.Add(CallKind.Collect, ending, how);
                    phases.Add(CallKind.Chat, ending, how);
                }

                foreach (string ending in (string[])["floods", "floods-in-a-child"])
                {
                    phases.Add(CallKind.Watch, ending, how);
                    phases.Add(CallKind.Chat, ending, how);
                }
            }

            return phases;
        }
    }

    // R29
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Connection_WhenItBreaksWhileChildrenRun_CancelsAndJoinsThemAndIsNoError(CallKind kind, Break how, bool hasMiddleware)
    {
        await using GrpcApp test = await GrpcApp.StartAsync(hasMiddleware, isGateOpen: false);
        using BreakableConnections connections = new();
        using GrpcChannel channel = Open(test, connections);
        Task<string> call = new Greeter.GreeterClient(channel).CallAsync(kind, "hangs");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connections.Break(how);
        await test.Trail.WaitForAsync("canceled: CallerCanceled").WithWatchdog();
        test.Gate.Open();
        await test.FinishedAsync();

        Assert.Equal(["started", "canceled: CallerCanceled", "ended"], test.Trail.Steps);
        await AssertNothingIsLeftAsync(test, call);
    }

    // R29: no child is canceled by it: the method itself waits for a message, or writes one
    [Theory]
    [MemberData(nameof(Phases))]
    public async Task Connection_WhenItBreaksWhileTheMethodReadsOrWrites_IsNoError(CallKind kind, string ending, Break how)
    {
        await using GrpcApp test = await GrpcApp.StartAsync();
        using BreakableConnections connections = new();
        using GrpcChannel channel = Open(test, connections);
        Task<string> call = new Greeter.GreeterClient(channel).CallAsync(kind, ending, isOpen: true);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connections.Break(how);
        await test.FinishedAsync();

        await AssertNothingIsLeftAsync(test, call);
    }

    private static GrpcChannel Open(GrpcApp test, BreakableConnections connections) => GrpcChannel.ForAddress(
        test.App.Urls.First(), new GrpcChannelOptions { HttpHandler = connections.Handler });

    private static async Task AssertNothingIsLeftAsync(GrpcApp test, Task<string> call)
    {
        Exception? failure = await Record.ExceptionAsync(() => call.WithWatchdog());
        Assert.True(failure is RpcException or IOException, failure?.ToString()); // the second one out of a write that was under way
        Assert.Empty(test.Groups);
        await test.App.StopAsync().WithWatchdog();
        test.AssertQuiet();
    }
}
