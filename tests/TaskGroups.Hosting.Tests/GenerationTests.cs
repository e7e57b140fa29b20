using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>R47: a background group is a row of generations, and nothing of one that is over stays.</summary>
public sealed class GenerationTests
{
    [Fact]
    public async Task Run_WhenAGenerationIsFull_GoesOnInTheNext()
    {
        await using TestHost host = TestHost.Build();
        Gate released = new();
        var tokens = new TaskCompletionSource<CancellationToken>[] { new(), new() };
        Task first = Hold(0, "first");
        await tokens[0].Task.WithWatchdog();
        for (int index = 0; index < Generations.MaxChildren; index++)
        {
            await host.Background.Run(_ => Task.CompletedTask).WithWatchdog();
        }

        Task last = Hold(1, "last");

        Assert.NotEqual(await tokens[0].Task, await tokens[1].Task.WithWatchdog());
        Assert.Equal(2, host.Background.RunningCount);
        Assert.Equal(
            [("background", 2), ("first", 0), ("last", 0)],
            host.Background.GetSnapshot().Entries.Select(each => (each.Name, each.RunningCount)));
        host.Background.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WithWatchdog());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => last.WithWatchdog());
        Assert.Equal(0, host.Background.RunningCount);

        Task Hold(int index, string name) => host.Background.Run(
            ct =>
            {
                tokens[index].SetResult(ct);
                return released.WaitAsync(ct);
            },
            name);
    }

    // R3: a generation may be full and over between the moment in which a caller finds it and the one in which the child enters it.
    [Fact]
    public async Task Combinators_WhileGenerationsFollowEachOther_LoseNoChild()
    {
        const int Callers = 4;
        const int Calls = 4 * Generations.MaxChildren;
        await using TestHost host = TestHost.Build();

        int[] sums = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            int sum = 0;
            for (int call = 0; call < Calls; call++)
            {
                sum += await host.Background.RunOrDefault(_ => Task.FromResult(1), fallback: 0);
                sum += await host.Background.StartAsync<int>((signal, _) =>
                {
                    signal.Started(1);
                    return Task.CompletedTask;
                });
            }

            return sum;
        }))).WithWatchdog();

        Assert.All(sums, sum => Assert.Equal(2 * Calls, sum));
        Assert.Empty(host.Errors);
    }

    // A token that a caller keeps fires for every later generation as well.
    [Fact]
    public async Task CancellationToken_WhenGenerationsHavePassed_StillFires()
    {
        await using TestHost host = TestHost.Build();
        CancellationToken kept = host.Background.CancellationToken;
        for (int index = 0; index <= Generations.MaxChildren; index++)
        {
            await host.Background.Run(_ => Task.CompletedTask).WithWatchdog();
        }

        host.Background.Cancel();

        Assert.True(kept.IsCancellationRequested);
    }

    // The limit is that of the group, whatever the generation of a child.
    [Fact]
    public async Task Run_WhenChildrenAreOfSeveralGenerations_KeepsTheLimit()
    {
        await using TestHost host = TestHost.Build(options => options.MaxConcurrency = 2);
        Gate released = new();
        int running = 0;
        int most = 0;
        Task[] children = [.. Enumerable.Range(0, 3 * Generations.MaxChildren).Select(_ => host.Background.Run(async _ =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await released.WaitAsync(CancellationToken.None);
            Interlocked.Decrement(ref running);
        }))];

        Assert.Equal((2, children.Length - 2), (host.Background.RunningCount, host.Background.WaitingCount));
        released.Open();
        await Task.WhenAll(children).WithWatchdog();

        Assert.True(most <= 2);
    }

    // A canceled group's waiting children are dropped, those that come later keep their places.
    [Fact]
    public async Task Cancel_WhenChildrenWait_DropsThemAndTakesOthers()
    {
        await using TestHost host = TestHost.Build(options => options.MaxConcurrency = 1);
        Gate cleanedUp = new();
        Task running = await host.RunningAsync("running", async ct =>
        {
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await cleanedUp.WaitAsync(CancellationToken.None);
        });
        Task waiting = host.Background.Run(_ => Task.CompletedTask);

        host.Background.Cancel();
        Task later = host.Background.Run(_ => Task.CompletedTask);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WithWatchdog());
        Assert.False(later.IsCompleted);
        cleanedUp.Open();

        await later.WithWatchdog();
        await running.WithWatchdog();
    }

    // R5: the soft signal stays
    [Fact]
    public async Task Cancel_AfterStop_KeepsTheSoftSignal()
    {
        await using TestHost host = TestHost.Build();
        host.Background.Stop();
        host.Background.Cancel();

        Assert.True(host.Background.StoppingToken.IsCancellationRequested);
        Assert.Equal(7, await host.Background.Run(_ => Task.FromResult(7)).WithWatchdog());
    }

    // The group of a child's scope is nested in the child's own generation.
    [Fact]
    public async Task RunScoped_WhenTheGenerationHasPassed_IsCanceledWithItsChild()
    {
        await using TestHost host = TestHost.Build(options => options.MaxConcurrency = 1);
        Gate released = new();
        Gate inScope = new();
        await host.RunningAsync("running", _ => released.WaitAsync(CancellationToken.None));
        Task scoped = host.Background.RunScoped((ITaskGroup tasks, CancellationToken _) =>
        {
            inScope.Open();
            return tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
        });
        List<Task> others = [.. Enumerable.Range(0, Generations.MaxChildren).Select(_ => host.Background.Run(_ => Task.CompletedTask))];
        released.Open();
        await inScope.WaitAsync().WithWatchdog();

        host.Background.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scoped.WithWatchdog());
        await Task.WhenAll(others).ContinueWith(_ => { }, TaskScheduler.Default).WithWatchdog();
    }

    // State: what Run was given, for each reason
    [Fact]
    public async Task StopAsync_WhenChildrenHaveAState_HandsItOver()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.MaxConcurrency = 2);
        Gate started = new(opensAfter: 2);
        Gate released = new();
        host.Background.Run(
            (_, ct) =>
            {
                started.Open();
                return Task.Delay(Timeout.Infinite, ct);
            },
            41,
            "canceled");
        Task stubborn = host.Background.Run(
            (_, _) =>
            {
                started.Open();
                return released.WaitAsync(CancellationToken.None);
            },
            "order 7",
            "stubborn");
        await started.WaitAsync().WithWatchdog();
        host.Background.Run((_, _) => Task.CompletedTask, new Order(9), "waiting");
        host.Background.Run(_ => Task.CompletedTask, "without");
        host.Background.Run(_ => ValueTask.CompletedTask, "value task");
        host.Background.RunScoped((IServiceProvider _, CancellationToken _) => Task.CompletedTask, "scoped");
        host.Background.Run(Polly.ResiliencePipeline.Empty, _ => Task.CompletedTask, "pipeline");
        host.Background.RunOrDefault(_ => Task.FromResult(1), 2, "optional");

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await host.PassCancelTimeoutAsync();
        await stop;

        Assert.Equal(
            [
                ("canceled", 41), ("optional", null), ("pipeline", null), ("scoped", null), ("stubborn", "order 7"), ("value task", null),
                ("waiting", new Order(9)), ("without", null),
            ],
            host.Unfinished.Select(each => (each.Name, each.State)).OrderBy(each => each.Name, StringComparer.Ordinal));
        released.Open();
        await stubborn.WithWatchdog();
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen && Interlocked.CompareExchange(ref target, value, seen) is var before && before != seen)
        {
            seen = before;
        }
    }

    private sealed record Order(int Id);
}
