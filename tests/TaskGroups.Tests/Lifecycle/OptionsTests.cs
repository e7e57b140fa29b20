using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Bad input throws at once and starts nothing; options are read once.
public sealed class OptionsTests
{
    public static TheoryData<TaskGroupOptions> Legal =>
    [
        new TaskGroupOptions { MaxConcurrency = 1, MaxWaiting = 0 },
        new TaskGroupOptions { MaxConcurrency = int.MaxValue, MaxWaiting = int.MaxValue },
        new TaskGroupOptions { Timeout = Timeout.InfiniteTimeSpan },
        new TaskGroupOptions { Timeout = TimeSpan.FromDays(49) },
        new TaskGroupOptions { Timeout = TimeSpan.FromMilliseconds(4_294_967_294) },
        new TaskGroupOptions { StragglerAfter = null },
        new TaskGroupOptions { StragglerAfter = TimeSpan.Zero },
        new TaskGroupOptions { StragglerAfter = Timeout.InfiniteTimeSpan },
        new TaskGroupOptions { StragglerAfter = TimeSpan.FromDays(49) },
    ];

    [Theory, MemberData(nameof(OutOfRange))]
    public async Task RunAsync_WhenAnOptionIsOutOfRange_ThrowsAtOnceNamingIt(string property, TaskGroupOptions options)
    {
        bool invoked = false;

        Task<int> Body(ITaskGroup group)
        {
            invoked = true;
            return Task.FromResult(1);
        }

        await TaskGroup.RunAsync(outer =>
        {
            foreach (Action open in new Action[]
            {
                () => TaskGroup.RunAsync(Task (group) => Body(group), options),
                () => TaskGroup.RunAsync(Body, options),
                () => outer.RunGroupAsync(Task (group) => Body(group), options),
                () => outer.RunGroupAsync(Body, options),
            })
            {
                ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>(open);
                Assert.Equal(property, refusal.ParamName);
                Assert.StartsWith($"{property} must ", refusal.Message, StringComparison.Ordinal);
            }

            return Task.CompletedTask;
        });
        Assert.False(invoked);
    }

    [Fact]
    public void RunAsync_WhenMaxWaitingStandsAlone_ThrowsNamingBoth()
    {
        Action open = () => TaskGroup.RunAsync(_ => Task.CompletedTask, new TaskGroupOptions { MaxWaiting = 1 });
        ArgumentException refusal = Assert.Throws<ArgumentException>(open);
        Assert.Contains(nameof(TaskGroupOptions.MaxWaiting), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(TaskGroupOptions.MaxConcurrency), refusal.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Legal))]
    public async Task RunAsync_WhenAnOptionIsAtTheEdge_Runs(TaskGroupOptions options) =>
        Assert.Equal(1, await TaskGroup.RunAsync(group => group.Run(_ => Task.FromResult(1)), options));

    [Fact]
    public async Task RunAsync_WhenAnArgumentIsNull_ThrowsAtOnceNamingIt()
    {
        TaskGroupOptions options = new();
        foreach ((string name, Action open) in new (string, Action)[]
        {
            ("body", () => TaskGroup.RunAsync(null!)),
            ("body", () => TaskGroup.RunAsync<int>(null!)),
            ("body", () => TaskGroup.RunAsync(null!, options)),
            ("body", () => TaskGroup.RunAsync<int>(null!, options)),
            ("options", () => TaskGroup.RunAsync(_ => Task.CompletedTask, null!)),
            ("options", () => TaskGroup.RunAsync(_ => Task.FromResult(1), null!)),
            ("value", () => options.TimeProvider = null!),
        })
        {
            Assert.Equal(name, Assert.Throws<ArgumentNullException>(open).ParamName);
        }

        await TaskGroup.RunAsync(group =>
        {
            foreach (Action run in new Action[]
            {
                () => group.Run((Func<CancellationToken, Task>)null!),
                () => group.Run((Func<CancellationToken, Task<int>>)null!),
                () => group.Run((Func<int, CancellationToken, Task>)null!, 1),
                () => group.Run((Func<int, CancellationToken, Task<int>>)null!, 1),
                () => group.Run((Func<CancellationToken, ValueTask>)null!),
                () => group.Run((Func<CancellationToken, ValueTask<int>>)null!),
                () => group.TryRun(null!),
            })
            {
                Assert.Equal("work", Assert.Throws<ArgumentNullException>(run).ParamName);
            }

            Assert.Equal(0, group.GetSnapshot().Entries[0].RunningCount);
            return Task.CompletedTask;
        });
    }

    // Options are read when the group opens
    [Theory, Plays]
    public Task RunAsync_WhenOptionsChangeLater_KeepsThoseItRead(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        TaskGroupOptions options = new() { Name = "before", FailurePolicy = FailurePolicy.Supervise, MaxConcurrency = 1, MaxWaiting = 0 };
        await scene.RunAsync(
            async group =>
            {
                options.Name = "after";
                options.FailurePolicy = FailurePolicy.FailFast;
                options.MaxConcurrency = 10;
                options.Timeout = TimeSpan.Zero;
                Assert.Equal("before", group.Name);
                await Record.ExceptionAsync(() => group.Run(_ => Task.FromException(failure)));
                Gate release = new();
                Task only = group.Run(_ => release.WaitAsync(CancellationToken.None));
                Assert.False(group.TryRun(_ => Task.CompletedTask));
                release.Open();
                await only;
            },
            options);
    });

    // What a nested group inherits, and what it does not
    [Theory, Plays]
    public Task RunGroupAsync_WhenOptionsAreLeftOpen_InheritsTheOuters(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        await scene.RunAsync(
            async outer =>
            {
                // Not inherited: the policy, the limits.
                await Expect.Throws(
                    outer.RunGroupAsync(async inner =>
                    {
                        Task first = inner.Run(Work.Forever);
                        Assert.True(inner.TryRun(Work.Forever));
                        await Task.Yield();
                        throw failure;
                    }),
                    failure);

                // Inherited: where children begin, the clock, the tracking.
                TaskGroupSnapshot snapshot = await outer.RunGroupAsync(inner => Task.FromResult(inner.GetSnapshot()));
                Assert.Equal(scene.Clock.GetUtcNow(), snapshot.TakenAt);
                if (scene.IsQueued)
                {
                    await outer.RunGroupAsync(async inner =>
                    {
                        Task<int> child = inner.Run(_ => Task.FromResult(Environment.CurrentManagedThreadId));
                        Assert.True(child.Wait(WatchdogExtensions.Limit)); // it does not need the thread that the body blocks
                        Assert.NotEqual(Environment.CurrentManagedThreadId, await child);
                    });
                }
            },
            new TaskGroupOptions
            {
                FailurePolicy = FailurePolicy.Supervise,
                MaxConcurrency = 1,
                MaxWaiting = 0,
                TimeProvider = scene.Clock
            });
    });

    public static TheoryData<string, TaskGroupOptions> OutOfRange => new()
    {
        { nameof(TaskGroupOptions.MaxConcurrency), new() { MaxConcurrency = 0 } },
        { nameof(TaskGroupOptions.MaxConcurrency), new() { MaxConcurrency = -1 } },
        { nameof(TaskGroupOptions.MaxConcurrency), new() { MaxConcurrency = int.MinValue } },
        { nameof(TaskGroupOptions.MaxWaiting), new() { MaxConcurrency = 1, MaxWaiting = -1 } },
        { nameof(TaskGroupOptions.Timeout), new() { Timeout = TimeSpan.FromSeconds(-1) } },
        { nameof(TaskGroupOptions.Timeout), new() { Timeout = TimeSpan.FromTicks(-1) } },
        { nameof(TaskGroupOptions.Timeout), new() { Timeout = TimeSpan.FromMilliseconds(4_294_967_295) } },
        { nameof(TaskGroupOptions.Timeout), new() { Timeout = TimeSpan.FromDays(50) } },
        { nameof(TaskGroupOptions.Timeout), new() { Timeout = TimeSpan.MaxValue } },
        { nameof(TaskGroupOptions.Timeout), new() { Timeout = TimeSpan.MinValue } },
        { nameof(TaskGroupOptions.StragglerAfter), new() { StragglerAfter = TimeSpan.FromSeconds(-1) } },
        { nameof(TaskGroupOptions.StragglerAfter), new() { StragglerAfter = TimeSpan.FromDays(50) } },
        { nameof(TaskGroupOptions.StragglerAfter), new() { StragglerAfter = TimeSpan.MaxValue } },
        { nameof(TaskGroupOptions.FailurePolicy), new() { FailurePolicy = (FailurePolicy)3 } },
        { nameof(TaskGroupOptions.FailurePolicy), new() { FailurePolicy = (FailurePolicy)(-1) } },
        { nameof(TaskGroupOptions.ChildStart), new() { ChildStart = (ChildStart)2 } },
    };
}
