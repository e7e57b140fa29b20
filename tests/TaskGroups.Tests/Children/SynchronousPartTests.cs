using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Children that the body starts before its first await are counted by the body's thread alone. No caller may see a difference.
public sealed class SynchronousPartTests
{
    // R2, R7
    [Theory, Plays]
    public Task Run_InTheSynchronousPartOfABodyAfterANestedOne_StartsChildrenThatAreWaitedFor(Play play) => play.In(async scene =>
    {
        Gate gate = new();
        List<Task> children = [];
        Task run = scene.RunAsync(outer =>
        {
            children.Add(outer.Run(gate.WaitAsync, "before"));
            Task nested = outer.RunGroupAsync(inner =>
            {
                children.Add(inner.Run(gate.WaitAsync, "inner"));
                children.Add(outer.Run(gate.WaitAsync, "outer, from the inner body"));
                return Task.CompletedTask;
            });
            children.Add(outer.Run(gate.WaitAsync, "after"));
            children.Add(nested);
            return Task.CompletedTask;
        });

        Assert.False(run.IsCompleted);
        gate.Open();
        await run;
        Assert.All(children, child => Assert.True(child.IsCompletedSuccessfully));
    });

    // R4, R8
    [Theory, Plays]
    public Task Run_InTheSynchronousPartAfterTheGroupWasCanceledElsewhere_DoesNotInvoke(Play play) => play.In(async scene =>
    {
        bool isInvoked = false;
        await scene.RunAsync(group =>
        {
            group.Run(_ => Task.CompletedTask);
            Assert.True(Task.Run(group.Cancel).Wait(WatchdogExtensions.Limit)); // another thread than the body's
            Task refused = group.Run(_ =>
            {
                isInvoked = true;
                return Task.CompletedTask;
            });
            Assert.True(refused.IsCanceled);
            Assert.False(group.TryRun(_ => Task.CompletedTask));
            return Task.CompletedTask;
        });
        Assert.False(isInvoked);
    });

    // R4
    [Theory, Plays(StartModesOnly = true)]
    public async Task Run_InTheSynchronousPartOfAGroupThatWasCanceledBeforeItsBodyBegan_DoesNotInvoke(Play play)
    {
        bool isInvoked = false;
        await TaskGroup.RunAsync(
            group =>
            {
                Assert.Equal(CancellationReason.Requested, group.CancellationReason);
                Task refused = group.Run(_ =>
                {
                    isInvoked = true;
                    return Task.CompletedTask;
                });
                Assert.True(refused.IsCanceled);
                return Task.CompletedTask;
            },
            new TaskGroupOptions { ChildStart = play.Start, Observer = new CancelingObserver() });
        Assert.False(isInvoked);
    }

    // R24: a group that has nothing to wait for makes no task of its own
    [Fact]
    public void RunAsync_WhenEveryChildEndedAtOnceInTheSynchronousPart_GivesTheBodysOwnTask()
    {
        foreach (Action<ITaskGroup> start in new Action<ITaskGroup>[]
        {
            group => group.Run(_ => Task.CompletedTask),
            group => group.Run(_ => Task.FromResult(1)),
            group => Assert.True(group.TryRun(_ => Task.CompletedTask)),
            group => group.Run(_ => group.Run(_ => Task.CompletedTask)),
        })
        {
            Task<string> body = Task.FromResult("body");
            Assert.Same(body, TaskGroup.RunAsync(Body));
            Assert.Same(body, TaskGroup.RunAsync(Task (group) => Body(group)));

            Task<string> Body(ITaskGroup group)
            {
                start(group);
                return body;
            }
        }
    }

    // R25: children that start children leave a stack before it runs out
    [Fact]
    public async Task Run_WhenChildrenStartEachOther_InvokesNoneOnAStackThatIsShort()
    {
        const int Children = 2_000, Stack = 512 * 1024, TooOften = 10;
        int ran = 0, shorts = 0;
        Task? run = null;
        Thread thread = new(
            () => run = TaskGroup.RunAsync(group =>
            {
                return group.Run(_ => Next(Children));

                Task Next(int left)
                {
                    ran++;
                    shorts += RuntimeHelpers.TryEnsureSufficientExecutionStack() ? 0 : 1; // the last one on a stack may find it so
                    return left == 1 || shorts > TooOften ? Task.CompletedTask : group.Run(_ => Next(left - 1));
                }
            }),
            Stack);
        thread.Start();
        thread.Join();
        await run!.WithWatchdog();
        Assert.Equal(Children, ran);
        Assert.InRange(shorts, 0, TooOften);
    }

    private sealed class CancelingObserver : TaskGroupObserver
    {
        public override void GroupOpened(ITaskGroup group) => group.Cancel();
    }
}
