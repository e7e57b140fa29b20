using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The background group as those who hand it work see it.</summary>
public sealed class BackgroundTaskGroupTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    // R35: accepted before the host has started
    [Fact]
    public async Task Run_BeforeTheHostHasStarted_IsAccepted()
    {
        await using TestHost host = TestHost.Build();

        Assert.Equal(7, await host.Background.Run(_ => Task.FromResult(7)).WithWatchdog());
        await host.Host.StartAsync().WithWatchdog();
        Assert.Equal(8, await host.Background.Run(_ => Task.FromResult(8)).WithWatchdog());
    }

    // R5, R35
    [Fact]
    public async Task Run_WhenTheDrainHasBegun_IsRefusedLoudly()
    {
        await using TestHost host = await TestHost.StartAsync();
        IBackgroundTaskGroup background = host.Background;
        Gate released = new();
        await host.RunningAsync("running", _ => released.WaitAsync(CancellationToken.None));
        Task stop = host.StopAsync();
        await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
        int invoked = 0;
        Task Work(CancellationToken ct)
        {
            invoked++;
            return Task.CompletedTask;
        }

        Task<int> Value(CancellationToken ct)
        {
            invoked++;
            return Task.FromResult(1);
        }

        Assert.All(
            new Action[]
            {
                () => background.Run(Work, "late"),
                () => background.Run(Value, "late"),
                () => background.Run((_, ct) => Work(ct), 1, "late"),
                () => background.Run((_, ct) => Value(ct), 1, "late"),
                () => background.RunScoped((IServiceProvider _, CancellationToken ct) => Work(ct), "late"),
            },
            run => Assert.StartsWith(
                "The background group 'background' is draining",
                Refused.With<InvalidOperationException>(run).Message,
                StringComparison.Ordinal));
        Assert.False(background.TryRun(Work, "late"));

        released.Open();
        await stop;

        Refused.With<InvalidOperationException>(() => background.Run(Work, "late"));
        Assert.False(background.TryRun(Work, "late"));
        Assert.Equal(0, invoked);
        Assert.Equal(8, host.Log.OfTaskGroups().Count(
            each => each.Level == LogLevel.Warning && (string?)each["Child"] == "late" && (string?)each["TaskGroup"] == "background"));
    }

    // T6: a name cannot forge a line of the log
    [Fact]
    public async Task Run_WhenRefusedWithAHostileName_CleansIt()
    {
        await using TestHost host = await TestHost.StartAsync();
        await host.StopAsync();

        Exception refused = Refused.With<InvalidOperationException>(() => host.Background.Run(_ => Task.CompletedTask, "a\n\u001b[31mb"));

        Assert.DoesNotContain('\n', refused.Message);
        Assert.DoesNotContain(host.Log.OfTaskGroups(), each => each.Message.Contains('\n', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WhenGivenNull_ThrowsArgumentNullException()
    {
        await using TestHost host = TestHost.Build();
        await host.StopAsync();

        Refused.ForNull("work", () => host.Background.Run((Func<CancellationToken, Task>)null!));
        Refused.ForNull("work", () => host.Background.Run((Func<int, CancellationToken, Task>)null!, 1));
        Refused.ForNull("work", () => host.Background.TryRun(null!));
    }

    // R24
    [Fact]
    public async Task RunningCount_WhenChildrenComeAndGo_IsExact()
    {
        await using TestHost host = TestHost.Build();
        Queue<(Gate Gate, Task Child)> running = new();
        async Task StartOneAsync()
        {
            Gate gate = new();
            running.Enqueue((gate, await host.RunningAsync("child", _ => gate.WaitAsync(CancellationToken.None))));
        }

        await StartOneAsync();
        await StartOneAsync();
        for (int round = 0; round < 16; round++)
        {
            Assert.Equal(2, host.Background.RunningCount);
            (Gate gate, Task child) = running.Dequeue();
            gate.Open();
            await child.WithWatchdog();
            Assert.Equal(1, host.Background.RunningCount);
            await StartOneAsync();
        }

        foreach ((Gate gate, _) in running)
        {
            gate.Open();
        }
    }

    // R26, R40
    [Fact]
    public async Task Run_WhenTheGroupIsFull_IsRefusedWithATypedError()
    {
        await using TestHost host = TestHost.Build(options => (options.MaxConcurrency, options.MaxWaiting) = (1, 1));
        Gate released = new();
        Task running = await host.RunningAsync("running", _ => released.WaitAsync(CancellationToken.None));
        Task waiting = host.Background.Run(_ => Task.CompletedTask, "waiting");

        Assert.Equal((1, 1), (host.Background.RunningCount, host.Background.WaitingCount));
        Refused.With<TaskGroupFullException>(() => host.Background.Run(_ => Task.CompletedTask, "refused"));
        Assert.False(host.Background.TryRun(_ => Task.CompletedTask, "refused too"));
        Assert.Equal(
            ["refused", "refused too"],
            host.Log.OfTaskGroups(LogLevel.Warning).Where(each => each.EventId.Id == 24).Select(each => each["Child"]));

        released.Open();
        await running.WithWatchdog();
        await waiting.WithWatchdog();
        Assert.Equal((0, 0), (host.Background.RunningCount, host.Background.WaitingCount));
    }

    // Nothing of the one who starts a child flows into it
    [Fact]
    public async Task Run_WhenCalledInsideARequest_InheritsNothing()
    {
        await using TestHost host = TestHost.Build();
        Ambient.Value = "of the request";
        using var activity = new Activity("request").Start();

        (string? ambient, Activity? current) = await host.Background.Run(async _ =>
        {
            await Task.Yield();
            return (Ambient.Value, Activity.Current);
        }).WithWatchdog();

        Assert.Null(ambient);
        Assert.Null(current);
        Assert.Equal("of the request", Ambient.Value);
        Assert.Same(activity, Activity.Current);
    }

    // The same for groups nested in it, their bodies and their children
    [Fact]
    public async Task RunGroupAsync_WhenCalledInsideARequest_InheritsNothing()
    {
        await using TestHost host = TestHost.Build();
        Ambient.Value = "of the request";
        using var activity = new Activity("request").Start();

        (string? Ambient, Activity? Activity) inBody = ("unknown", activity);
        (string? Ambient, Activity? Activity) inChild = await host.Background.RunGroupAsync(async group =>
        {
            inBody = (Ambient.Value, Activity.Current);
            return await group.Run(_ => Task.FromResult((Ambient.Value, Activity.Current)));
        }).WithWatchdog();
        bool[] all = await host.Background.AllAsync([_ => Task.FromResult(Ambient.Value is not null)]).WithWatchdog();

        Assert.Equal((null, null), inBody);
        Assert.Equal((null, null), inChild);
        Assert.Equal([false], all);
        Assert.Equal("of the request", Ambient.Value);
        Assert.Same(activity, Activity.Current);
    }

    // The same for the children of a stream, and its source, which the consumer's request only reads
    [Fact]
    public async Task StreamAsync_WhenCalledInsideARequest_InheritsNothing()
    {
        await using TestHost host = TestHost.Build();
        Ambient.Value = "of the request";
        using var activity = new Activity("request").Start();

        List<(string? Ambient, Activity? Activity)> seen = [];
        await foreach (var inChild in host.Background.StreamAsync(Source(), (_, _) => Task.FromResult((Ambient.Value, Activity.Current))))
        {
            seen.Add(inChild);
            Assert.Equal("of the request", Ambient.Value);
        }

        Assert.Equal([(null, null), (null, null)], seen);
        Assert.Same(activity, Activity.Current);

        IEnumerable<int> Source()
        {
            seen.Add((Ambient.Value, Activity.Current));
            yield return 1;
        }
    }

    // The same for a child with a scope, and for one that is invoked when a slot becomes free
    [Fact]
    public async Task RunScoped_WhenTheChildWaitsForASlot_InheritsNothing()
    {
        await using TestHost host = TestHost.Build(options => options.MaxConcurrency = 1);
        Gate released = new();
        await host.RunningAsync("running", _ => released.WaitAsync(CancellationToken.None));
        Ambient.Value = "of the request";
        Task<string?> child = host.Background
            .RunScoped((IServiceProvider _, CancellationToken _) => Task.FromResult<string?>(Ambient.Value));

        released.Open();

        Assert.Null(await child.WithWatchdog());
    }

    // Works without a flow as well
    [Fact]
    public async Task Run_WhenTheFlowIsSuppressed_Works()
    {
        await using TestHost host = TestHost.Build();
        Task<int> child;
        using (ExecutionContext.SuppressFlow())
        {
            child = host.Background.Run(_ => Task.FromResult(1));
        }

        Assert.Equal(1, await child.WithWatchdog());
    }

    // R47: it acts on the children that there are; later ones run
    [Fact]
    public async Task Cancel_ReachesTheChildrenAndNoLaterOnes()
    {
        await using TestHost host = TestHost.Build();
        Task child = await host.RunningAsync("child", ct => Task.Delay(Timeout.Infinite, ct));

        CancellationToken before = host.Background.CancellationToken;

        host.Background.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.WithWatchdog());
        Assert.True(before.IsCancellationRequested);
        Assert.False(host.Background.CancellationToken.IsCancellationRequested);
        Assert.Equal(CancellationReason.None, host.Background.CancellationReason);
        Assert.Equal(1, await host.Background.Run(ct => Task.FromResult(ct.IsCancellationRequested ? 0 : 1)).WithWatchdog());
    }

    // R36: from here on the group drops what it is given, so the log has to tell why
    [Fact]
    public async Task Cancel_WhenCalledTwice_IsLoggedOnceWithWhatItHits()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.MaxConcurrency = 1);
        Task running = await host.RunningAsync("running", ct => Task.Delay(Timeout.Infinite, ct));
        Task waiting = host.Background.Run(_ => Task.CompletedTask);

        host.Background.Cancel();
        host.Background.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(running, waiting).WithWatchdog());

        LogEntry line = Assert.Single(host.Log.OfTaskGroups(), each => each.Message.Contains("canceled", StringComparison.Ordinal));
        Assert.Equal(
            (LogLevel.Information, "background", 1, 1),
            (line.Level, line["TaskGroup"], line["RunningCount"], line["WaitingCount"]));
    }

    // R33: the drain tells of its own cancellation in its last line
    [Fact]
    public async Task Cancel_WhenTheDrainHasCanceledTheGroup_IsNotLogged()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate released = new();
        Task child = await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));
        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await host.Clock.WaitForTimerAsync(TestHost.CancelTimeout).WithWatchdog();

        host.Background.Cancel();
        released.Open();
        await stop;
        await child;

        Assert.DoesNotContain(host.Log.OfTaskGroups(), each => each.EventId.Id == 19);
    }

    // One snapshot shows everything, background groups too
    [Fact]
    public async Task GetSnapshot_ListsTheChildrenByName()
    {
        await using TestHost host = TestHost.Build();
        Gate released = new();
        await host.RunningAsync("yolo", _ => released.WaitAsync(CancellationToken.None));

        TaskGroupSnapshot snapshot = host.Background.GetSnapshot();
        TaskGroupSnapshot everything = host.Services.GetRequiredService<ApplicationGroups>().Root.GetSnapshot();

        Assert.Equal("background", host.Background.Name);
        Assert.Equal(
            [(SnapshotKind.Group, "background"), (SnapshotKind.Child, "yolo")],
            snapshot.Entries.Select(each => (each.Kind, each.Name)));
        Assert.Equal(["application", "requests", "background", "yolo"], everything.Entries.Select(each => each.Name));
        released.Open();
    }
}
