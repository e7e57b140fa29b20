using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Children that the body starts before its first await are counted by the body's thread alone: nobody may see a difference.
public partial class TaskGroupTests
{
    // SW-04, R2
    [Fact]
    public async Task GetSnapshot_WhileTheBodysFirstPartRuns_CountsItsChildren()
    {
        List<int> counts = [];
        Gate gate = new();
        await TaskGroup.RunAsync(group =>
        {
            void Count() => counts.Add(group.GetSnapshot().Entries[0].RunningCount);

            Count();
            group.Run(gate.WaitAsync);
            Count();
            group.Run(_ =>
            {
                Count(); // itself as well
                return gate.WaitAsync(CancellationToken.None);
            });
            group.Run(_ =>
            {
                Count();
                return Task.CompletedTask;
            });
            Count();
            Assert.True(Task.Run(Count).Wait(WatchdogExtensions.Limit)); // from another thread
            gate.Open();
            return Task.CompletedTask;
        });

        Assert.Equal([0, 1, 2, 3, 2, 2], counts);
    }

    // R2, R7
    [Theory, Plays]
    public Task Run_InTheFirstPartOfABodyAfterANestedOne_StartsChildrenThatAreWaitedFor(Play play) => play.In(async scene =>
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
    public Task Run_InTheFirstPartAfterTheGroupWasCanceledElsewhere_DoesNotInvoke(Play play) => play.In(async scene =>
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
    public async Task Run_InTheFirstPartOfAGroupThatWasCanceledBeforeItsBodyBegan_DoesNotInvoke(Play play)
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

    private sealed class CancelingObserver : TaskGroupObserver
    {
        public override void GroupOpened(ITaskGroup group) => group.Cancel();
    }
}
