using TaskGroups.Testing;

namespace TaskGroups.Tests;

// AllAsync: all results, typed and in order, or the first failure.
public sealed class AllTests
{
    // Typed results in the order of the parameters
    [Theory, Plays]
    public Task AllAsync_WithSixDelegates_YieldsTheirResultsInOrder(Play play) => play.In(async scene =>
    {
        Gate last = new();
        (int, string, bool, char, long, double) all = await scene.RunAsync(group =>
        {
            Task<(int, string, bool, char, long, double)> run = group.AllAsync(
                async ct =>
                {
                    await last.WaitAsync(ct);
                    return 1;
                },
                _ => Task.FromResult("two"),
                _ => Task.FromResult(true),
                _ => Task.FromResult('4'),
                _ => Task.FromResult(5L),
                _ =>
                {
                    last.Open();
                    return Task.FromResult(6.0);
                });
            return run;
        });
        Assert.Equal((1, "two", true, '4', 5L, 6.0), all);
    });

    // R10: a sequence gives its results in its order; an empty one an empty array
    [Theory, Plays]
    public Task AllAsync_OverASequence_YieldsResultsInItsOrder(Play play) => play.In(async scene =>
    {
        Gate[] gates = [.. Enumerable.Range(0, 5).Select(_ => new Gate())];
        Task<int[]> run = scene.RunAsync(group => group.AllAsync(gates
            .Select(Func<CancellationToken, Task<int>> (gate, index) => async ct =>
                {
                    await gate.WaitAsync(ct);
                    return index;
                })));
        foreach (int index in new[] { 3, 1, 4, 0, 2 })
        {
            gates[index].Open();
        }

        int[] results = await run;
        Assert.Equal([0, 1, 2, 3, 4], results);
        Assert.Empty(await scene.RunAsync(group => group.AllAsync(Array.Empty<Func<CancellationToken, Task<int>>>())));
        await scene.RunAsync(group => group.AllAsync(Array.Empty<Func<CancellationToken, Task>>()));
    });

    // R1, R9: the failure comes out after the other has ended canceled
    [Theory, Plays]
    public Task AllAsync_WhenOneFails_CancelsTheOthersAndThrowsTheFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        Gate started = new();
        bool ended = false;
        Task run = scene.RunAsync(group => group.AllAsync(
            async ct =>
            {
                try
                {
                    started.Open();
                    await Work.Forever(ct);
                }
                finally
                {
                    ended = true;
                }
            },
            _ => Work.FailAfter(started, e)));
        await Expect.Throws(run, e);
        Assert.True(ended);
    });

    // R7: a failed combinator that is caught leaves the outer group unharmed
    [Theory, Plays]
    public Task AllAsync_WhenItsFailureIsCaught_LeavesTheOuterGroupOpen(Play play) => play.In(async scene =>
    {
        int value = await scene.RunAsync(async group =>
        {
            InvalidDataException e = new();
            Assert.Same(e, await Record.ExceptionAsync(() => group.AllAsync(Task<int> (_) => throw e, _ => Task.FromResult(1))));
            Assert.Equal(CancellationReason.None, group.CancellationReason);
            return await group.Run(_ => Task.FromResult(42));
        });
        Assert.Equal(42, value);
    });

    // R18: the outer group's timeout is its outcome
    [Theory, Plays]
    public Task AllAsync_WhenTheOuterGroupTimesOut_IsCanceled(Play play) => play.In(async scene =>
    {
        Gate started = new(opensAfter: 2);
        Task run = scene.RunAsync(
            group => group.AllAsync(
                ct =>
                {
                    started.Open();
                    return Work.Forever(ct);
                },
                ct =>
                {
                    started.Open();
                    return Work.Forever(ct);
                }),
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(3), TimeProvider = scene.Clock });
        await started.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(3));
        await Expect.TimedOut(run, "AllAsync_WhenTheOuterGroupTimesOut_IsCanceled", "work[0]", "work[1]");
    });

    // A child without a name of its own is named by its text
    [Fact]
    public async Task AllAsync_OfChildrenOneByOne_NamesThemByTheirText()
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                await group.AllAsync(ct => Now(1), ct => Now("2"));
                await group.AllAsync(ct => Now(1), ct => Now(2), ct => Now(3), name2: "b");
                await group.AllAsync(_ => Now(1), _ => Now(2), _ => Now(3), _ => Now(4));
                await group.AllAsync(_ => Now(1), _ => Now(2), _ => Now(3), _ => Now(4), _ => Now(5));
                await group.AllAsync(_ => Now(1), _ => Now(2), _ => Now(3), _ => Now(4), _ => Now(5), _ => Now(6));
            },
            new TaskGroupOptions { Observer = observer });

        Assert.Equal(
            ["Now(1)", "Now(…)", "Now(1)", "b", "Now(3)", .. Texts(4), .. Texts(5), .. Texts(6)],
            observer.Of<ObserverEvent.ChildStarted>().Select(each => each.Name));

        static IEnumerable<string> Texts(int count) => Enumerable.Range(1, count).Select(number => $"Now({number})");
    }

    // Nothing starts when an argument is missing
    [Fact]
    public async Task AllAsync_WhenADelegateIsNull_ThrowsBeforeAnythingStarts()
    {
        bool started = false;
        Task<int> Start(CancellationToken ct)
        {
            started = true;
            return Task.FromResult(1);
        }

        await TaskGroup.RunAsync(async group =>
        {
            Assert.Equal("work2", Assert.Throws<ArgumentNullException>(() => { _ = group.AllAsync<int, int>(Start, null!); }).ParamName);
            await Assert.ThrowsAsync<ArgumentException>(() => group.AllAsync([Start, null!]));
            Assert.Throws<ArgumentNullException>(() => { _ = group.AllAsync((IEnumerable<Func<CancellationToken, Task>>)null!); });
        });
        Assert.False(started);
    }

    // R10: each overload hands every delegate its place
    [Theory, Plays]
    public Task AllAsync_WithTwoToFiveDelegates_YieldsTheirResultsInOrder(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        Assert.Equal((1, "2"), await group.AllAsync(_ => Later(1), _ => Now("2")));
        Assert.Equal((1, "2", 3L), await group.AllAsync(_ => Later(1), _ => Now("2"), _ => Later(3L)));
        Assert.Equal((1, "2", 3L, '4'), await group.AllAsync(_ => Later(1), _ => Now("2"), _ => Later(3L), _ => Now('4')));
        Assert.Equal(
            (1, "2", 3L, '4', 5.0),
            await group.AllAsync(_ => Later(1), _ => Now("2"), _ => Later(3L), _ => Now('4'), _ => Later(5.0)));
    }));

    // R9, R10: whichever of them fails, its failure comes out and nothing else does
    [Theory, Plays]
    public Task AllAsync_WhenAnyOfSeveralDelegatesFails_ThrowsThatFailure(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        for (int failing = 0; failing < 6; failing++)
        {
            InvalidDataException failure = new();
            Func<CancellationToken, Task<int>> Work(int index) => index == failing
                ? _ => Task.FromException<int>(failure)
                : async ct =>
                {
                    await Tests.Work.Forever(ct);
                    return index;
                };

            if (failing < 2)
            {
                await Expect.Throws(group.AllAsync(Work(0), Work(1)), failure);
            }

            if (failing < 3)
            {
                await Expect.Throws(group.AllAsync(Work(0), Work(1), Work(2)), failure);
            }

            if (failing < 4)
            {
                await Expect.Throws(group.AllAsync(Work(0), Work(1), Work(2), Work(3)), failure);
            }

            if (failing < 5)
            {
                await Expect.Throws(group.AllAsync(Work(0), Work(1), Work(2), Work(3), Work(4)), failure);
            }

            await Expect.Throws(group.AllAsync(Work(0), Work(1), Work(2), Work(3), Work(4), Work(5)), failure);
        }

        Assert.Equal(CancellationReason.None, group.CancellationReason);
    }));

    private static Task<T> Now<T>(T value) => Task.FromResult(value);

    private static async Task<T> Later<T>(T value)
    {
        await Task.Yield();
        return value;
    }
}
