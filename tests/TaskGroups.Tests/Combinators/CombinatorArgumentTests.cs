namespace TaskGroups.Tests;

// What every combinator refuses: limits below one, delegates that are missing, groups that take no work.
public sealed class CombinatorArgumentTests
{
    // Limits below one
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

    [Theory, InlineData(0), InlineData(-1)]
    public Task Combinators_WhenTheLimitIsLessThanOne_ThrowAtOnceNamingIt(int limit) => TaskGroup.RunAsync(group =>
    {
        foreach (Action call in new Action[]
        {
            () => group.ForEachAsync([1], (_, _) => throw new InvalidDataException("invoked"), limit),
            () => group.MapAsync<int, int>([1], (_, _) => throw new InvalidDataException("invoked"), limit),
            () => group.StreamAsync<int, int>([1], (_, _) => throw new InvalidDataException("invoked"), limit),
        })
        {
            ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>(call);
            Assert.Equal(("maxConcurrency", limit), (refusal.ParamName, refusal.ActualValue));
            Assert.Contains("at least 1", refusal.Message, StringComparison.Ordinal);
        }

        return Task.CompletedTask;
    });

    // R10: a sequence of delegates is read to its end first
    [Fact]
    public async Task Combinators_WhenTheSequenceOfDelegatesThrows_StartNothing()
    {
        InvalidDataException failure = new();
        int invoked = 0;

        IEnumerable<Func<CancellationToken, Task<int>>> Sequence()
        {
            yield return _ => Task.FromResult(++invoked);
            throw failure;
        }

        await TaskGroup.RunAsync(async group =>
        {
            foreach (Func<Task> call in new Func<Task>[]
            {
                () => group.AllAsync(Sequence()),
                () => group.AllAsync(Sequence().Select(Func<CancellationToken, Task> (work) => work)),
                () => group.RaceAsync(Sequence()),
            })
            {
                Assert.Same(failure, await Record.ExceptionAsync(call));
            }

            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
        Assert.Equal(0, invoked);
    }

    // R16: in every combinator a delegate that returns null has failed, with a message that says so
    [Theory, Plays]
    public Task Combinators_WhenADelegateReturnsNull_FailAndSaySo(Play play) => play.In(async scene =>
    {
        Func<CancellationToken, Task<int>> missing = _ => null!, fine = _ => Task.FromResult(1);
        await scene.RunAsync(async group =>
        {
            foreach (Func<Task> call in new Func<Task>[]
            {
                () => group.AllAsync(fine, missing),
                () => group.AllAsync([fine, missing]),
                () => group.AllAsync(Task (_) => null!),
                () => group.ForEachAsync([1], (_, _) => null!),
                () => group.ForEachAsync(Sources.Numbers(1), (_, _) => null!),
                () => group.MapAsync([1], Task<int> (_, _) => null!),
                () => group.MapAsync(Sources.Numbers(1), Task<int> (_, _) => null!),
                () => Sources.ReadAllAsync(group.StreamAsync([1], Task<int> (_, _) => null!)),
                () => Sources.ReadAllAsync(group.StreamAsync([1], Task<int> (_, _) => null!, preserveOrder: false)),
                () => Sources.ReadAllAsync(group.StreamAsync(Sources.Numbers(1), Task<int> (_, _) => null!)),
                () => group.RaceAsync(missing),
                () => group.StartAsync<int>((_, _) => null!),
                () => group.RunGroupAsync(Task (_) => null!),
                () => group.RunGroupAsync(Task<int> (_) => null!),
                () => scene.RunAsync(Task (_) => null!),
                () => scene.RunAsync(Task<int> (_) => null!),
            })
            {
                InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(call);
                Assert.Contains("null", failure.Message, StringComparison.Ordinal);
            }

            Assert.Equal(7, await group.RunOrDefault(missing, 7));
            Assert.Equal(0, await group.RunOrDefault(missing));
            Assert.Equal(1, await group.RaceAsync(missing, fine));
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });

    // A delegate that is missing in a sequence
    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task Combinators_WhenADelegateInASequenceIsNull_StartNothing(int missing)
    {
        int invoked = 0;
        Func<CancellationToken, Task<int>>?[] work = [Invoke, Invoke, Invoke];
        work[missing] = null;
        Task<int> Invoke(CancellationToken ct) => Task.FromResult(++invoked);

        await TaskGroup.RunAsync(async group =>
        {
            foreach (Func<Task> call in new Func<Task>[]
            {
                () => group.AllAsync<int>(work!),
                () => group.AllAsync((IEnumerable<Func<CancellationToken, Task>>)work!),
                () => group.RaceAsync(work!),
            })
            {
                ArgumentException refusal = await Assert.ThrowsAsync<ArgumentException>(call);
                Assert.Equal("work", refusal.ParamName);
                Assert.Contains($"index {missing} ", refusal.Message, StringComparison.Ordinal);
            }
        });
        Assert.Equal(0, invoked);
    }
}
