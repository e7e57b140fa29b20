using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R26, R40: MaxConcurrency bounds running children, MaxWaiting those that wait for a slot.
public sealed class ConcurrencyLimitTests
{
    // R26, R40
    [Theory, Plays]
    public Task Run_WhenTheGroupIsFull_ThrowsWithoutInvoking(Play play) => play.In(async scene =>
    {
        Gate started = new(2), release = new();
        bool invoked = false;
        Task? waiting = null;
        await scene.RunAsync(
            async group =>
            {
                for (int i = 0; i < 2; i++)
                {
                    group.Run(async _ =>
                    {
                        started.Open();
                        await release.WaitAsync(CancellationToken.None);
                    });
                }

                await started.WaitAsync();
                waiting = group.Run(_ => Task.CompletedTask);
                Action oneTooMany = () => group.Run(
                    _ =>
                    {
                        invoked = true;
                        return Task.CompletedTask;
                    },
                    "one too many");
                TaskGroupFullException full = Assert.Throws<TaskGroupFullException>(oneTooMany);
                Assert.Contains("busy", full.Message, StringComparison.Ordinal);
                Assert.Contains("one too many", full.Message, StringComparison.Ordinal);
                Assert.Contains("2 children run (MaxConcurrency) and 1 wait (MaxWaiting)", full.Message, StringComparison.Ordinal);
                Assert.False(group.TryRun(_ =>
                {
                    invoked = true;
                    return Task.CompletedTask;
                }));

                TaskGroupSnapshotEntry entry = group.GetSnapshot().Entries[0];
                Assert.Equal((2, 1), (entry.RunningCount, entry.WaitingCount));
                release.Open();
            },
            new TaskGroupOptions { Name = "busy", MaxConcurrency = 2, MaxWaiting = 1 });
        Assert.True(waiting!.IsCompletedSuccessfully);
        Assert.False(invoked);
    });

    // R26
    [Theory, Plays]
    public Task TryRun_WhenTheLimitIsReached_ReturnsFalseUntilOneEnds(Play play) => play.In(async scene =>
    {
        foreach (int limit in new[] { 42, 1 })
        {
            Gate started = new(limit), all = new();
            await scene.RunAsync(
                async group =>
                {
                    Gate one = new();
                    Task first = group.Run(async _ =>
                    {
                        started.Open();
                        await one.WaitAsync(CancellationToken.None);
                    });
                    for (int i = 1; i < limit; i++)
                    {
                        Assert.True(group.TryRun(async _ =>
                        {
                            started.Open();
                            await all.WaitAsync(CancellationToken.None);
                        }));
                    }

                    Assert.False(group.TryRun(_ => Task.CompletedTask));
                    await started.WaitAsync();
                    one.Open();
                    await first;
                    Gate again = new();
                    Assert.True(group.TryRun(_ => again.WaitAsync(CancellationToken.None)));
                    Assert.False(group.TryRun(_ => Task.CompletedTask));
                    again.Open();
                    all.Open();
                },
                new TaskGroupOptions { MaxConcurrency = limit, MaxWaiting = 0 });
        }
    });

    // R26: who awaited a child finds its slot free, whatever kind of task the child returned
    [Theory, Plays]
    public Task Run_WhenAChildHasBeenAwaited_FindsItsSlotFree(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                for (int round = 0; round < 50; round++)
                {
                    TaskCompletionSource<int> ends = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    Task<int> child = group.Run(_ => ends.Task);
                    ends.SetResult(round);
                    Assert.Equal(round, await child);
                }
            },
            new TaskGroupOptions { MaxConcurrency = 1, MaxWaiting = 0 });
    });

    // R26
    [Theory, Plays]
    public Task Run_WhenManyMoreThanTheLimitAreStarted_NeverRunsMoreAtOnce(Play play) => play.In(async scene =>
    {
        const int Limit = 10, Count = 1_000;
        int running = 0, most = 0, ran = 0;
        await scene.RunAsync(
            group =>
            {
                for (int i = 0; i < Count; i++)
                {
                    group.Run(async _ =>
                    {
                        int now = Interlocked.Increment(ref running);
                        int seen;
                        while ((seen = Volatile.Read(ref most)) < now)
                        {
                            Interlocked.CompareExchange(ref most, now, seen);
                        }

                        await Task.Yield();
                        Interlocked.Increment(ref ran);
                        Interlocked.Decrement(ref running);
                    });
                }

                return Task.CompletedTask;
            },
            new TaskGroupOptions { MaxConcurrency = Limit });
        Assert.Equal(Count, ran);
        Assert.InRange(most, 1, Limit);
    });

    // R26: first come, first served
    [Theory, Plays]
    public Task Run_WhenChildrenWait_StartsThemInTheOrderGiven(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            group =>
            {
                for (int i = 0; i < 100; i++)
                {
                    string step = $"{i}";
                    group.Run(async _ =>
                    {
                        scene.Trail.Add(step);
                        await Task.Yield();
                    });
                }

                return Task.CompletedTask;
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), scene.Trail.Steps);
    });

    // R13, R26
    [Theory, Plays]
    public Task CollectAll_WhenAllFailUnderALimit_ReturnsEverySlot(Play play) => play.In(async scene =>
    {
        InvalidDataException[] failures = [.. Enumerable.Range(0, 10).Select(i => new InvalidDataException($"{i}"))];
        int ran = 0;
        Task run = scene.RunAsync(
            group =>
            {
                foreach (InvalidDataException failure in failures)
                {
                    group.Run(async _ =>
                    {
                        ran++;
                        await Task.Yield();
                        throw failure;
                    });
                }

                return Task.CompletedTask;
            },
            new TaskGroupOptions { MaxConcurrency = 1, FailurePolicy = FailurePolicy.CollectAll });
        await Expect.Throws(run, failures);
        Assert.Equal(10, ran);
    });

    // R26: body, nested groups and combinators take no slot
    [Theory, Plays]
    public Task RunGroupAsync_WhenAllSlotsAreTaken_RunsAtOnce(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                Gate started = new(), release = new();
                Task only = group.Run(async _ =>
                {
                    started.Open();
                    await release.WaitAsync(CancellationToken.None);
                });
                await started.WaitAsync();
                Assert.Equal(5, await group.RunGroupAsync(nested => nested.Run(_ => Task.FromResult(5))));
                Assert.Equal((1, 2), await group.AllAsync(_ => Task.FromResult(1), _ => Task.FromResult(2)));
                int[] mapped = await group.MapAsync([2], (item, _) => Task.FromResult(item + 1));
                Assert.Equal([3], mapped);
                Assert.False(only.IsCompleted);
                release.Open();
            },
            new TaskGroupOptions { MaxConcurrency = 1, MaxWaiting = 0 });
    });

    // R26: slots return however a child ends
    [Theory, Plays]
    public Task Run_WhenChildrenEndInAnyWay_TheirSlotsReturn(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                for (int round = 0; round < 20; round++)
                {
                    await group.Run(_ => Task.CompletedTask);
                    await group.Run(async _ => await Task.Yield());
                    await Record.ExceptionAsync(() => group.Run(Task (_) => throw new InvalidDataException()));
                    await Record.ExceptionAsync(() => group.Run(_ => ((Task?)null)!));
                    await Record.ExceptionAsync(() => group.Run(_ => Task.FromCanceled(new CancellationToken(true))));
                }
            },
            new TaskGroupOptions { MaxConcurrency = 1, MaxWaiting = 0, FailurePolicy = FailurePolicy.Supervise });
    });

    // R26, R40: fill and cancel, again and again
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenAFullGroupIsEmptiedManyTimes_LosesNoSlotAndKeepsTheOrder(Play play) => play.In(async scene =>
    {
        const int Cycles = 10_000;
        await scene.RunAsync(
            async group =>
            {
                List<int> order = [];
                for (int cycle = 0; cycle < Cycles; cycle++)
                {
                    order.Clear();
                    TaskCompletionSource cancel = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    Task[] children = new Task[4];
                    for (int i = 0; i < children.Length; i++)
                    {
                        int number = i;
                        children[i] = group.Run(_ =>
                        {
                            order.Add(number);
                            return cancel.Task;
                        });
                    }

                    Assert.False(group.TryRun(_ => Task.CompletedTask), $"cycle {cycle}");
                    cancel.SetCanceled(CancellationToken.None);
                    await Task.WhenAll(children).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    Assert.Equal([0, 1, 2, 3], order);
                }
            },
            new TaskGroupOptions { MaxConcurrency = 1, MaxWaiting = 3, FailurePolicy = FailurePolicy.Supervise });
    });

    [Fact]
    public void TaskGroupFullException_WhenMadeByHand_KeepsItsParts()
    {
        TimeoutException cause = new();
        Assert.Equal("The task group is full.", new TaskGroupFullException().Message);
        Assert.Equal("by hand", new TaskGroupFullException("by hand").Message);
        Assert.Equal(
            ("by hand", cause),
            (new TaskGroupFullException("by hand", cause).Message, new TaskGroupFullException("by hand", cause).InnerException));
    }
}
