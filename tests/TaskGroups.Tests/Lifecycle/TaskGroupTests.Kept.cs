using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What is left of a group after its end: of one that somebody keeps no outcome, of one that nobody awaited no unobserved failure.
public partial class TaskGroupTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // R21
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task RunAsync_WhenTheGroupIsKept_ItsOutcomeIsNot(ChildStart start)
    {
        await AssertNotKeptAsync(YieldAsync(start));
        await AssertNotKeptAsync(FailAsync(start));
        await AssertNotKeptAsync(TimeOutAsync(start));

        static async Task AssertNotKeptAsync(Task<(ITaskGroup Kept, WeakReference Outcome)> ended)
        {
            (ITaskGroup kept, WeakReference outcome) = await ended;
            await AssertCollectedAsync(outcome);
            Expect.Refused(kept); // the group is alive, and holds nothing
        }
    }

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

    // R22: whoever cancels may have a context of its own; nothing that the group has to do afterwards waits for that
    [Fact]
    public async Task Cancel_WhenACallbackBlocks_PostsNothingToTheContextOfWhoCancels()
    {
        CountingContext context = new();
        using ManualResetEventSlim release = new();
        await TaskGroup.RunAsync(group =>
        {
            group.CancellationToken.UnsafeRegister(_ => release.Wait(), null);
            context.Call(() =>
            {
                group.Cancel();
                return Task.CompletedTask;
            });
            release.Set();
            return Task.CompletedTask;
        }).WithWatchdog();
        Assert.Equal(0, context.Posted);
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
