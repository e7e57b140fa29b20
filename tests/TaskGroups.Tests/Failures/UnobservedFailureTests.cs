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

    // R14: dropped tasks of whatever failed raise no TaskScheduler.UnobservedTaskException
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenNobodyAwaitsWhatFailed_RaisesNoUnobservedException(Play play) => play.In(async scene =>
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

            Assert.True(unobserved.ContainsKey(control)); // so the others would have been heard
            Assert.Equal(3 * 8, failures.Count);
            Assert.All(failures, failure => Assert.False(unobserved.ContainsKey(failure), failure.Message));
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }
    });

    // R14: the observers have the failure of a nested group; that of any other is its caller's
    [Fact]
    public async Task RunGroupAsync_WhenNobodyAwaitsItsFailure_OnlyAnOutermostGroupsIsUnobserved()
    {
        ConcurrentDictionary<Exception, bool> unobserved = new(ReferenceEqualityComparer.Instance);
        InvalidDataException outermost = new(), nested = new(), valued = new();
        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            await DropNestedAsync(nested, valued);
            for (int round = 0; round < 100 && !unobserved.ContainsKey(outermost); round++)
            {
                await DropAsync(outermost);
                GC.Collect();
                GC.WaitForPendingFinalizers();
                await Task.Yield();
            }

            Assert.True(unobserved.ContainsKey(outermost)); // so the others would have been heard
            Assert.False(unobserved.ContainsKey(nested));
            Assert.False(unobserved.ContainsKey(valued));
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        void Note(object? sender, UnobservedTaskExceptionEventArgs args)
        {
            foreach (Exception each in args.Exception.Flatten().InnerExceptions)
            {
                unobserved.TryAdd(each, true);
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
            (group, failure) => group.AllAsync(_ => Task.FromException<int>(failure), _ => Task.FromResult(1)),
            (group, failure) => group.RaceAsync(_ => Task.FromException<int>(failure)),
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
    private static async Task DropAsync(Exception failure) =>
        await Task.WhenAny(TaskGroup.RunAsync(_ => FailLaterAsync<int>(failure)));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task DropNestedAsync(Exception plain, Exception valued) => TaskGroup.RunAsync(outer =>
    {
        outer.RunGroupAsync(Task (_) => FailLaterAsync<int>(plain));
        outer.RunGroupAsync(_ => FailLaterAsync<int>(valued));
        return Task.CompletedTask;
    });

    private static async Task<T> FailLaterAsync<T>(Exception failure)
    {
        await Task.Yield();
        throw failure;
    }
}
