using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R21, R24: a group keeps nothing of what has ended, and nothing of itself once it has completed.
public sealed class RetentionTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // R24
    [Theory, Plays]
    public Task Cancel_WhenChildrenHaveEnded_KeepsNothingOfThemWhileTheGroupRuns(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            foreach (WeakReference closure in await CancelManyAsync(group))
            {
                await Expect.Collected(closure);
            }
        });
    });

    // R24
    [Theory, Plays]
    public Task Run_WhenAChildHasEnded_KeepsNothingOfItWhileTheGroupIsOpen(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            WeakReference closure = await RunOneAsync(group);
            await Expect.Collected(closure);
        });
    });

    // R24
    [Theory, Plays]
    public Task Run_WhenASupervisedChildHasFailed_KeepsNothingOfItsFailure(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                WeakReference failure = await FailOneAsync(group);
                if (play.Witness == Witness.None) // a recording observer keeps what it was told
                {
                    await Expect.Collected(failure);
                }
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise });
    });

    // R21: a timer keeps what flows with the code that starts it
    [Fact]
    public async Task RunAsync_WhenItsTimerHasEnded_KeepsNothingOfTheOpenersContext()
    {
        (ITaskGroup completed, WeakReference ambient) = await RunWithTimeoutAsync();
        await Expect.Collected(ambient);
        GC.KeepAlive(completed);
    }

    // R21, R24
    [Theory, Plays(StartModesOnly = true)]
    public Task RunAsync_WhenJoined_RootsNeitherClosureNorResultNorFailure(Play play) => play.In(async scene =>
    {
        ITaskGroup? captured = null;
        foreach (WeakReference left in await JoinOneAsync(scene, group => captured = group))
        {
            await Expect.Collected(left);
        }

        Expect.Refused(captured!); // the group is alive, and holds nothing
    });

    // R21
    [Theory, Plays]
    public Task RunAsync_WhenCompleted_LeavesNothingOnTheCallersToken(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        WeakReference group = await OpenOneAsync(scene, caller.Token);
        if (play.Witness == Witness.None)
        {
            await Expect.Collected(group);
        }

        await caller.CancelAsync();
    });

    // R21
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task RunAsync_WhenACallerKeepsTheGroup_DoesNotKeepItsOutcome(ChildStart start)
    {
        await AssertNotKeptAsync(YieldAsync(start));
        await AssertNotKeptAsync(FailAsync(start));
        await AssertNotKeptAsync(TimeOutAsync(start));

        static async Task AssertNotKeptAsync(Task<(ITaskGroup Kept, WeakReference Outcome)> ended)
        {
            (ITaskGroup kept, WeakReference outcome) = await ended;
            await Expect.Collected(outcome);
            Expect.Refused(kept); // the group is alive, and holds nothing
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<WeakReference> RunOneAsync(ITaskGroup group)
    {
        object closure = new();
        WeakReference weak = new(closure);
        Task ended = group.Run(async _ =>
        {
            await Task.Yield();
            GC.KeepAlive(closure);
        });
        return EndedAsync(ended, weak);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference[]> CancelManyAsync(ITaskGroup group)
    {
        Gate started = new(10);
        (Task Ended, WeakReference Closure)[] children = [.. Enumerable.Range(0, 10).Select(_ => StartOne())];
        await started.WaitAsync();
        group.Cancel();
        foreach ((Task ended, _) in children)
        {
            await Expect.ChildCanceled(ended);
        }

        return [.. children.Select(each => each.Closure)];

        (Task Ended, WeakReference Closure) StartOne()
        {
            byte[] closure = new byte[100_000];
            Task ended = group.Run(async ct =>
            {
                started.Open();
                await Work.Forever(ct);
                GC.KeepAlive(closure);
            });
            return (ended, new WeakReference(closure));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference[]> JoinOneAsync(Scene scene, Action<ITaskGroup> capture)
    {
        object closure = new();
        byte[] result = new byte[100_000];
        InvalidDataException failure = new();
        Task<byte[]> run = scene.RunAsync(async group =>
        {
            capture(group);
            byte[] value = await group.Run(async _ =>
            {
                await Task.Yield();
                GC.KeepAlive(closure);
                return result;
            });
            group.Run(_ => Task.FromException(failure));
            return value;
        });
        await Expect.Throws(run, failure);
        return [new(closure), new(result), new(failure)];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<WeakReference> FailOneAsync(ITaskGroup group)
    {
        InvalidOperationException failure = new("kept by nobody");
        return EndedAsync(group.Run(_ => Task.FromException(failure)), new WeakReference(failure));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> OpenOneAsync(Scene scene, CancellationToken cancellationToken)
    {
        WeakReference? weak = null;
        await scene.RunAsync(
            async group =>
            {
                weak = new WeakReference(group);
                await group.Run(async _ => await Task.Yield());
            },
            cancellationToken);
        return weak!;
    }

    private static async Task<WeakReference> EndedAsync(Task ended, WeakReference weak)
    {
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return weak;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(ITaskGroup Kept, WeakReference Outcome)> YieldAsync(ChildStart start)
    {
        ITaskGroup? kept = null;
        byte[] result = await TaskGroup.RunAsync(
            async group =>
            {
                kept = group;
                await Task.Yield();
                return new byte[10];
            },
            new TaskGroupOptions { ChildStart = start });
        return (kept!, new WeakReference(result));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(ITaskGroup Kept, WeakReference Outcome)> FailAsync(ChildStart start)
    {
        ITaskGroup? kept = null;
        InvalidDataException failure = new();
        await Expect.Throws(
            TaskGroup.RunAsync(
                group =>
                {
                    kept = group;
                    return group.Run(_ => Task.FromException(failure));
                },
                new TaskGroupOptions { ChildStart = start }),
            failure);
        return (kept!, new WeakReference(failure));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(ITaskGroup Kept, WeakReference Outcome)> TimeOutAsync(ChildStart start)
    {
        ITaskGroup? kept = null;
        ManualClock clock = new();
        Task run = TaskGroup.RunAsync(
            group =>
            {
                kept = group;
                return Work.Forever(group.CancellationToken);
            },
            new TaskGroupOptions { ChildStart = start, Timeout = Second, TimeProvider = clock });
        clock.Advance(Second);
        TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => run);
        return (kept!, new WeakReference(late));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(ITaskGroup Group, WeakReference Ambient)> RunWithTimeoutAsync()
    {
        AsyncLocal<object?> ambient = new() { Value = new object() };
        WeakReference value = new(ambient.Value);
        ITaskGroup? opened = null;
        await TaskGroup.RunAsync(
            group =>
            {
                opened = group;
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromDays(1) });
        ambient.Value = null;
        return (opened!, value);
    }
}
