using TaskGroups.Testing;

namespace TaskGroups.Tests;

// AllAsync, ForEachAsync, MapAsync: all results or the first failure, in a scope of their own.
public partial class CombinatorTests
{
    // 3.1: typed results in the order of the parameters
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

    // CO-08, JD-23, R10: a sequence gives its results in its order; an empty one an empty array
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

    // TK-05, R1, R9: the failure comes out after the other has ended canceled
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

    // JD-23, R18: the outer group's timeout is its outcome
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

    // C01: nothing starts when an argument is missing
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

    // GO-05, R26: never more than the limit, all of them, lazily read
    [Theory, Plays]
    public Task ForEachAsync_WithALimit_RunsAllAndNeverMoreThanTheLimit(Play play) => play.In(async scene =>
    {
        int running = 0, most = 0, ran = 0, read = 0, furthest = 0;
        Lock gate = new();

        IEnumerable<int> Source()
        {
            for (int i = 0; i < 200; i++)
            {
                furthest = Math.Max(furthest, ++read - Volatile.Read(ref ran));
                yield return i;
            }
        }

        await scene.RunAsync(group => group.ForEachAsync(
            Source(),
            async (_, ct) =>
            {
                lock (gate)
                {
                    most = Math.Max(most, ++running);
                }

                await Task.Yield();
                lock (gate)
                {
                    running--;
                    ran++;
                }
            },
            maxConcurrency: 4));
        Assert.InRange(most, 1, 4);
        Assert.Equal(200, ran);
        Assert.InRange(furthest, 1, 5);
    });

    // R7, R9: a source that throws in the middle fails the call; its children are canceled
    [Theory, Plays]
    public Task MapAsync_WhenTheSourceThrows_CancelsItsChildrenAndThrowsThat(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();

        IEnumerable<int> Source()
        {
            yield return 1;
            throw e;
        }

        Task run = scene.RunAsync(group => group.MapAsync(Source(), async (item, ct) =>
        {
            await Work.Forever(ct);
            return item;
        }));
        await Expect.Throws(run, e);
    });

    // TK-10: results in the order of the source, for both kinds of source
    [Theory, Plays]
    public Task MapAsync_OverBothKindsOfSource_YieldsResultsInTheirOrder(Play play) => play.In(async scene =>
    {
        static async Task<int> Square(int item, CancellationToken ct)
        {
            for (int i = item % 3; i > 0; i--)
            {
                await Task.Yield();
            }

            return item * item;
        }

        int[] squares = [.. Enumerable.Range(0, 40).Select(i => i * i)];
        Assert.Equal(squares, await scene.RunAsync(group => group.MapAsync(Enumerable.Range(0, 40), Square)));
        Assert.Equal(squares, await scene.RunAsync(group => group.MapAsync(Numbers(40), Square, maxConcurrency: 3)));
        Assert.Empty(await scene.RunAsync(group => group.MapAsync(Array.Empty<int>(), Square)));
    });

    // CO-02: limits below one
    [Fact]
    public async Task Combinators_WithALimitBelowOne_ThrowAtOnce()
    {
        await TaskGroup.RunAsync(group =>
        {
            foreach (int limit in new[] { 0, -1 })
            {
                Assert.Throws<ArgumentOutOfRangeException>(() => { _ = group.ForEachAsync([1], (_, _) => Task.CompletedTask, limit); });
                Assert.Throws<ArgumentOutOfRangeException>(() => { _ = group.MapAsync([1], (i, _) => Task.FromResult(i), limit); });
                Assert.Throws<ArgumentOutOfRangeException>(() => { _ = group.StreamAsync([1], (i, _) => Task.FromResult(i), limit); });
            }

            return Task.CompletedTask;
        });
    }

    // R3, R4: an ending group cancels a combinator, a completed one refuses it
    [Theory, Plays]
    public Task Combinators_OnAGroupThatEndsOrHasCompleted_StartNothing(Play play) => play.In(async scene =>
    {
        ITaskGroup? captured = null;
        bool invoked = false;
        Task<int> Invoke(CancellationToken ct)
        {
            invoked = true;
            return Task.FromResult(1);
        }

        await scene.RunAsync(async group =>
        {
            captured = group;
            group.Cancel();
            await Expect.Canceled(group.AllAsync(Invoke, Invoke), group.CancellationToken);
            await Expect.Canceled(group.RaceAsync(Invoke), group.CancellationToken);
            await Expect.Canceled(group.MapAsync([1], (_, ct) => Invoke(ct)), group.CancellationToken);
        });
        foreach (Action call in new Action[]
        {
            () => captured!.AllAsync(Invoke, Invoke),
            () => captured!.RaceAsync(Invoke),
            () => captured!.ForEachAsync([1], (_, ct) => Invoke(ct)),
        })
        {
            Assert.Contains(captured!.Name, Assert.Throws<InvalidOperationException>(call).Message, StringComparison.Ordinal);
        }

        Assert.False(invoked);
    });

    private static async IAsyncEnumerable<int> Numbers(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }
}
