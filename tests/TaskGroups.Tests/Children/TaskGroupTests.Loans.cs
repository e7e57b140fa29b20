using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Children of the body's first part are counted on loan. Who watches the outcome sees what that saves; nobody sees more.
public partial class TaskGroupTests
{
    // R24: a group that has nothing to wait for makes no task of its own
    [Fact]
    public void RunAsync_WhenEveryChildEndedAtOnceInTheFirstPart_GivesTheBodysOwnTask()
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

    // NET-10, R25: children that start children leave a stack before it runs out
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
}
