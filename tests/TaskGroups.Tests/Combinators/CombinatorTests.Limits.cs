using TaskGroups.Testing;

namespace TaskGroups.Tests;

// How many at once, and how many in all.
public partial class CombinatorTests
{
    // C02
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

    // R26, R18: a reader that waits for room is told of the cancellation, whatever the child that has the room does
    [Theory, Plays]
    public Task ForEachAsync_WhenCanceledWhileItWaitsForRoom_ReadsNoFurther(Play play) => play.In(async scene =>
    {
        Gate started = new(), release = new();
        int read = 0;
        Task run = scene.RunAsync(async group =>
        {
            Task all = group.ForEachAsync(
                Items(),
                async (_, _) =>
                {
                    started.Open();
                    await release.WaitAsync(CancellationToken.None); // whatever its token says
                },
                maxConcurrency: 1);
            await started.WaitAsync();
            group.Cancel();
            await scene.Trail.WaitForAsync("source closed"); // the child has its slot still
            release.Open();
            await Expect.Canceled(all, group.CancellationToken); // its only child succeeded, but the source was not read to its end
        });
        await run;
        Assert.Equal(1, read);

        IEnumerable<int> Items()
        {
            try
            {
                for (; ; )
                {
                    yield return ++read;
                }
            }
            finally
            {
                scene.Trail.Add("source closed");
            }
        }
    });

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
