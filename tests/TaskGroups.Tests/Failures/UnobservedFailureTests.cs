using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R14: what no await throws is reported to the observers, and nothing is left for the finalizer.
public sealed class UnobservedFailureTests
{
    // R10, R14
    [Theory, Plays]
    public Task ExceptionUnseen_WhenASecondChildFails_ReportsTheSecondOnly(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new("1"), second = new("2");
        Gate started = new();
        Task run = scene.RunAsync(
            group =>
            {
                group.Run(ct => Work.FailInCleanUp(started.Open, second, ct), "second");
                group.Run(_ => Work.FailAfter(started, first), "first");
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, first, second);

        ObserverEvent.ExceptionUnseen unseen = Assert.Single(scene.Observer.Of<ObserverEvent.ExceptionUnseen>());
        Assert.Equal(("second", second), (unseen.Child, unseen.Exception));
    });

    // R14: also a failure of the body that comes second
    [Theory, Plays]
    public Task ExceptionUnseen_WhenTheBodyFailsSecond_ReportsIt(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new("child"), second = new("body");
        Task run = scene.RunAsync(
            async group =>
            {
                group.Run(_ => Task.FromException(first), "first");
                await Work.FailInCleanUp(() => { }, second, group.CancellationToken);
            },
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, first, second);

        ObserverEvent.ExceptionUnseen unseen = Assert.Single(scene.Observer.Of<ObserverEvent.ExceptionUnseen>());
        Assert.Equal((null, second), (unseen.Child, unseen.Exception));
    });

    // R14: CollectAll throws the first, so only the others are unseen
    [Theory, Plays]
    public Task ExceptionUnseen_WhenCollectAllListsThree_ReportsTheLastTwo(Play play) => play.In(async scene =>
    {
        InvalidDataException[] failures = [new("0"), new("1"), new("2")];
        Task run = scene.RunAsync(
            async group =>
            {
                foreach (InvalidDataException failure in failures)
                {
                    await Record.ExceptionAsync(() => group.Run(_ => Task.FromException(failure), failure.Message));
                }
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll, Observer = scene.Observer });
        await Expect.Throws(run, failures);
        Assert.Equal(failures[1..], scene.Observer.Of<ObserverEvent.ExceptionUnseen>().Select(each => each.Exception));
    });

    // R14: a failure after a cancellation is thrown; it is the first
    [Theory, Plays]
    public Task ExceptionUnseen_WhenTheOnlyFailureComesAfterACancellation_IsNotCalled(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task run = scene.RunAsync(
            group =>
            {
                group.Run(ct => Work.FailInCleanUp(group.Cancel, failure, ct));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, failure);
        Assert.Empty(scene.Observer.Of<ObserverEvent.ExceptionUnseen>());
    });

    // R14
    [Theory, Plays]
    public Task RunAsync_WhenTheCallerCatchesTheFailure_LeavesNothingBehind(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        InvalidDataException failure = new();
        await Expect.Throws(
            scene.RunAsync(
                group =>
                {
                    group.Run(Work.Forever);
                    group.Run(_ => Task.FromException(failure));
                    return Task.CompletedTask;
                },
                caller.Token),
            failure);

        // The caller goes on with its own token: nothing of the group reaches it.
        Assert.False(caller.IsCancellationRequested);
        Assert.Equal(1, await scene.RunAsync(group => group.Run(_ => Task.FromResult(1)), caller.Token));
    });

    // R14: dropped tasks of children raise no TaskScheduler.UnobservedTaskException
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenNoCodeAwaitsWhatFailed_RaisesNoUnobservedException(Play play) => play.In(async scene =>
    {
        ConcurrentDictionary<Exception, bool> unobserved = new(ReferenceEqualityComparer.Instance);

        void Note(object? sender, UnobservedTaskExceptionEventArgs args)
        {
            foreach (Exception each in args.Exception.Flatten().InnerExceptions)
            {
                unobserved.TryAdd(each, true);
            }
        }

        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            List<Exception> failures = [];
            foreach (FailurePolicy policy in Enum.GetValues<FailurePolicy>())
            {
                await DropAllAsync(scene, policy, failures);
            }

            InvalidDataException control = new("of a task without a group");
            for (int round = 0; round < 100 && !unobserved.ContainsKey(control); round++)
            {
                Drop(control);
                GC.Collect();
                GC.WaitForPendingFinalizers();
                await Task.Yield();
            }

            Assert.True(unobserved.ContainsKey(control)); // so the others would have been raised
            Assert.Equal(3 * 6, failures.Count);
            Assert.All(failures, failure => Assert.False(unobserved.ContainsKey(failure), failure.Message));
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }
    });

    // R48: a nested group and a combinator, forgotten, are unobserved like any other task, awaited or caught they are not; where the host's
    // observers report them as they do children, they need not be awaited (R36)
    [Fact]
    public async Task Combinators_WhenNoCodeAwaitsTheirFailures_AreUnobserved()
    {
        ConcurrentDictionary<string, FailedGroup?> unobserved = [];
        string[] all = ["RunGroupAsync", "of a value", "AllAsync", "of actions", "ForEachAsync", "MapAsync", "RaceAsync"];
        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            await DropCombinatorsAsync(new HostContext { CountsNestedAsChildren = true }, "counted ");
            await CatchCombinatorsAsync();
            for (int round = 0; round < 100 && !all.All(unobserved.ContainsKey); round++)
            {
                await DropCombinatorsAsync(HostContext.None, "");
                GC.Collect();
                GC.WaitForPendingFinalizers();
                await Task.Yield();
            }

            Assert.Equal(all.Order(), unobserved.Keys.Order());
            Assert.All(unobserved.Values, group => Assert.NotNull(group));
            Assert.Equal("AllAsync", unobserved["AllAsync"]!.Name);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        void Note(object? sender, UnobservedTaskExceptionEventArgs args)
        {
            foreach (ForgottenException each in args.Exception.InnerExceptions.OfType<ForgottenException>())
            {
                unobserved.TryAdd(each.Message, FailedGroup.Of(sender));
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(Exception failure) => _ = Task.FromException(failure);

    // Each failure in a group of its own, since the first of them ends a group that fails fast.
    private static async Task DropAllAsync(Scene scene, FailurePolicy policy, List<Exception> failures)
    {
        foreach (Action<ITaskGroup, Exception> drop in new Action<ITaskGroup, Exception>[]
        {
            (group, failure) => group.Run(Task (_) => throw failure),
            (group, failure) => group.Run(_ => Task.FromException<int>(failure)),
            (group, failure) => group.Run(async _ =>
            {
                await Task.Yield();
                throw failure;
            }),
            (group, failure) => group.TryRun(_ => Task.FromException(failure)),
            (group, failure) => group.RunOrDefault(_ => Task.FromException<int>(failure), 1),
            (group, failure) => group.StartAsync<int>((_, _) => Task.FromException(failure)),
        })
        {
            InvalidDataException failure = new($"{policy} {failures.Count}");
            failures.Add(failure);
            Task run = scene.RunAsync(
                group =>
                {
                    drop(group, failure);
                    return Task.CompletedTask;
                },
                new TaskGroupOptions { FailurePolicy = policy });
            await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task DropCombinatorsAsync(HostContext context, string prefix)
    {
        TaskGroup outer = TaskGroup.Open(new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise }, hostContext: context);
        Fail(outer, prefix);
        await outer.CloseAsync();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task CatchCombinatorsAsync() => TaskGroup.RunAsync(async outer =>
    {
        foreach (Task failed in Fail(outer, "caught "))
        {
            Assert.IsType<ForgottenException>(await Record.ExceptionAsync(() => failed));
        }
    });

    private static Task[] Fail(ITaskGroup outer, string prefix) =>
    [
        outer.RunGroupAsync(Task (_) => FailLaterAsync(prefix + "RunGroupAsync")),
        outer.RunGroupAsync(_ => FailLaterAsync(prefix + "of a value")),
        outer.AllAsync(_ => FailLaterAsync(prefix + "AllAsync"), _ => Task.FromResult(1)),
        outer.AllAsync(Task (_) => FailLaterAsync(prefix + "of actions")),
        outer.ForEachAsync([1], (_, _) => FailLaterAsync(prefix + "ForEachAsync")),
        outer.MapAsync([1], (_, _) => FailLaterAsync(prefix + "MapAsync")),
        outer.RaceAsync(_ => FailLaterAsync(prefix + "RaceAsync")),
    ];

    private static async Task<int> FailLaterAsync(string name)
    {
        await Task.Yield();
        throw new ForgottenException(name);
    }

    private sealed class ForgottenException(string name) : Exception(name);
}
