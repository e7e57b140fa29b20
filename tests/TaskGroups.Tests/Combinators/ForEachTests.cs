using TaskGroups.Testing;

namespace TaskGroups.Tests;

// ForEachAsync and MapAsync: bounded, in the order of the source.
public sealed class ForEachTests
{
    // R26: never more than the limit, all of them, lazily read
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

    // Results in the order of the source, for both kinds of source
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
        Assert.Equal(squares, await scene.RunAsync(group => group.MapAsync(Sources.Numbers(40), Square, maxConcurrency: 3)));
        Assert.Empty(await scene.RunAsync(group => group.MapAsync(Array.Empty<int>(), Square)));
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

    // The source is left where the group was canceled: half of the results is no result
    [Fact]
    public async Task MapAsync_WhenItsGroupIsCanceledBetweenItems_EndsCanceled()
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                Task<int[]> map = group.MapAsync(Items(), static (item, _) => Task.FromResult(item));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => map);
            },
            new TaskGroupOptions { Observer = observer });

        IEnumerable<int> Items()
        {
            yield return 1;
            observer.Of<ObserverEvent.GroupOpened>()[^1].Group.Cancel();
            yield return 2;
        }
    }
}
