using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>How the core learns of a task's end: at once, and with objects that are used again.</summary>
public sealed class ChildRecordTests
{
    // R1: on whatever kind of thread, the group knows of the end before the code that ends the task goes on
    [Theory]
    [InlineData("plain")]
    [InlineData("context")]
    [InlineData("scheduler")]
    public Task Watch_WhenTheTaskEndsOnTheThreadThatStartedIt_TellsOnTheSpot(string kind) => OnAThreadAsync(kind, () =>
    {
        ChildRecord record = ChildRecord.OfChild("child", null);
        Listener listener = new();
        TaskCompletionSource end = new();
        ChildRecord.Watch(record, end.Task, listener);
        Assert.Empty(listener.Heard);
        end.SetResult();
        Assert.Equal([(end.Task, record, Environment.CurrentManagedThreadId)], listener.Heard);
    });

    // R24
    [Theory]
    [InlineData("plain")]
    [InlineData("context")]
    public Task Watch_WhenWatchesAreUsedAgain_TellsEachListenerOnceOfItsOwnTask(string kind) => OnAThreadAsync(kind, () =>
    {
        for (int round = 0; round < 3; round++)
        {
            TaskCompletionSource[] ends = [new(), new(), new()];
            Listener[] listeners = [new(), new(), new()];
            ChildRecord?[] records = [ChildRecord.OfChild("child", null), null, ChildRecord.OfChild("another", null)];
            for (int each = 0; each < ends.Length; each++)
            {
                ChildRecord.Watch(records[each], ends[each].Task, listeners[each]);
            }

            foreach (TaskCompletionSource end in ends)
            {
                end.SetResult();
            }

            for (int each = 0; each < ends.Length; each++)
            {
                Assert.Equal([(ends[each].Task, records[each], Environment.CurrentManagedThreadId)], listeners[each].Heard);
            }
        }
    });

    // R24: neither an object nor the flow of the starter's AsyncLocals
    [Fact]
    public Task Watch_OnAThreadWithoutContext_CostsNothingOnceAnEarlierTaskHasEnded() => OnAThreadAsync("plain", () =>
    {
        AsyncLocal<string> local = new();
        List<string?> seen = [];
        Listener listener = new(() => seen.Add(local.Value));
        TaskCompletionSource[] ends = [new(), new(), new()];
        long bytes = 0;
        foreach (TaskCompletionSource end in ends)
        {
            local.Value = "of the start";
            long before = GC.GetAllocatedBytesForCurrentThread();
            ChildRecord.Watch(null, end.Task, listener);
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            local.Value = "of the end";
            end.SetResult();
        }

        Assert.Equal(["of the end", "of the end", "of the end"], seen);
        Assert.Equal(0, bytes);
    });

    // R21
    [Fact]
    public Task Watch_WhenTheTaskHasEnded_KeepsNeitherItNorItsListener() => OnAThreadAsync("plain", () =>
    {
        WeakReference[] left = WatchOne();
        for (int round = 0; left.Any(each => each.IsAlive) && round < 10; round++)
        {
            GC.Collect();
        }

        Assert.All(left, each => Assert.False(each.IsAlive));
    });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference[] WatchOne()
    {
        TaskCompletionSource end = new();
        Listener listener = new();
        ChildRecord.Watch(null, end.Task, listener);
        end.SetResult();
        return [new(end.Task), new(listener)];
    }

    private static Task OnAThreadAsync(string kind, Action test)
    {
        switch (kind)
        {
            case "context":
                return SingleThreadedContext.RunAsync(() =>
                {
                    test();
                    return Task.CompletedTask;
                });
            case "scheduler":
                TaskScheduler exclusive = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
                return Task.Factory.StartNew(test, CancellationToken.None, TaskCreationOptions.None, exclusive);
            default:
                return Task.Run(test);
        }
    }

    private sealed class Listener(Action? heard = null) : ICompletionListener
    {
        public List<(Task Task, ChildRecord? Record, int Thread)> Heard { get; } = [];

        public void OnCompleted(Task task, ChildRecord? member)
        {
            Heard.Add((task, member, Environment.CurrentManagedThreadId));
            heard?.Invoke();
        }
    }
}
