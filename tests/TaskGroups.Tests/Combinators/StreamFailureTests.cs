using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StreamAsync: what an item or the source that fails does to the others (R9).
public sealed class StreamFailureTests
{
    // The items before the failed one wait for ever: only its failure ends them
    [Theory, Plays]
    public Task StreamAsync_WhenAnItemFails_CancelsThoseBeforeItAtOnce(Play play) => play.In(async scene =>
    {
        foreach ((bool preserveOrder, bool isAsync, int? limit) in Kinds())
        {
            InvalidDataException failure = new();
            Gate others = new(opensAfter: 2);
            List<int> seen = [];
            await scene.RunAsync(async group => Assert.Same(
                failure,
                await Record.ExceptionAsync(async () =>
                {
                    IAsyncEnumerable<int> stream = isAsync
                        ? group.StreamAsync(Sources.Numbers(3), WorkAsync, limit, preserveOrder)
                        : group.StreamAsync(Enumerable.Range(0, 3), WorkAsync, limit, preserveOrder);
                    await foreach (int item in stream)
                    {
                        seen.Add(item);
                    }
                })));
            Assert.Empty(seen);

            async Task<int> WorkAsync(int item, CancellationToken ct)
            {
                if (item == 2)
                {
                    await others.WaitAsync(ct);
                    throw failure;
                }

                others.Open();
                await Work.Forever(ct);
                return item;
            }
        }
    });

    // What is there when the failure comes, and comes next in order, arrives; what is behind a canceled item does not
    [Theory, Plays]
    public Task StreamAsync_WhenAnItemFails_YieldsWhatIsThereAndComesNext(Play play) => play.In(async scene =>
    {
        foreach (int? limit in new int?[] { null, 5 })
        {
            InvalidDataException failure = new();
            Gate begun = new(opensAfter: 4), taken = new();
            List<int> seen = [];
            await scene.RunAsync(async group => Assert.Same(
                failure,
                await Record.ExceptionAsync(async () =>
                {
                    await foreach (int item in group.StreamAsync(Enumerable.Range(0, 5), WorkAsync, limit))
                    {
                        seen.Add(item);
                        taken.Open();
                    }
                })));
            Assert.Equal([0, 1], seen);

            async Task<int> WorkAsync(int item, CancellationToken ct)
            {
                if (item == 4)
                {
                    await begun.WaitAsync(ct);
                    await taken.WaitAsync(ct);
                    throw failure;
                }

                begun.Open();
                if (item == 2)
                {
                    await Work.Forever(ct);
                }

                return item;
            }
        }
    });

    // An item that does not obey and succeeds is there when its turn comes
    [Theory, Plays]
    public Task StreamAsync_WhenAnItemSucceedsAfterTheFailure_YieldsItInItsTurn(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate begun = new(), canceled = new();
        List<int> seen = [];
        await scene.RunAsync(async group => Assert.Same(
            failure,
            await Record.ExceptionAsync(async () =>
            {
                await foreach (int item in group.StreamAsync([0, 1], WorkAsync))
                {
                    seen.Add(item);
                }
            })));
        Assert.Equal([0], seen);

        async Task<int> WorkAsync(int item, CancellationToken ct)
        {
            if (item == 1)
            {
                await begun.WaitAsync(ct);
                throw failure;
            }

            await using CancellationTokenRegistration told = ct.UnsafeRegister(_ => canceled.Open(), null);
            begun.Open();
            await canceled.WaitAsync(CancellationToken.None);
            return item;
        }
    });

    // The source is one of the children: its failure cancels the items, and the loop throws it
    [Theory, Plays]
    public Task StreamAsync_WhenTheSourceThrows_CancelsTheItemsAndThrowsThat(Play play) => play.In(async scene =>
    {
        foreach (bool preserveOrder in new[] { true, false })
        {
            InvalidDataException failure = new();
            Gate first = new(), second = new();
            List<int> seen = [];
            await scene.RunAsync(async group => Assert.Same(
                failure,
                await Record.ExceptionAsync(async () =>
                {
                    await foreach (int item in group.StreamAsync(Source(), WorkAsync, preserveOrder: preserveOrder))
                    {
                        seen.Add(item);
                        first.Open();
                    }
                })));
            Assert.Equal([0], seen);

            async IAsyncEnumerable<int> Source()
            {
                yield return 0;
                yield return 1;
                await first.WaitAsync();
                await second.WaitAsync();
                throw failure;
            }

            async Task<int> WorkAsync(int item, CancellationToken ct)
            {
                if (item == 1)
                {
                    second.Open();
                    await Work.Forever(ct);
                }

                return item;
            }
        }
    });

    // R14, R17: the loop throws the failure, so it is not unseen; the reason is the failed child, with or without an order to keep
    [Theory, Plays]
    public Task StreamAsync_WhenAnItemFails_IsCanceledByIt(Play play) => play.In(async scene =>
    {
        foreach (bool preserveOrder in new[] { true, false })
        {
            InvalidDataException failure = new();
            RecordingObserver observer = new();
            await scene.RunAsync(
                async group => Assert.Same(failure, await Record.ExceptionAsync(
                    () => Sources.ReadAllAsync(group.StreamAsync([1], Task<int> (_, _) => throw failure, preserveOrder: preserveOrder)))),
                new TaskGroupOptions { Observer = observer });
            ObserverEvent.GroupCanceled canceled = Assert.Single(observer.Of<ObserverEvent.GroupCanceled>());
            Assert.Equal(
                (CancellationReason.ChildFailed, "item[0]", failure), (canceled.Reason, canceled.Child, canceled.Cause));
            Assert.Empty(observer.Unseen());
        }
    });

    private static IEnumerable<(bool PreserveOrder, bool IsAsync, int? Limit)> Kinds() =>
        from preserveOrder in new[] { true, false }
        from isAsync in new[] { true, false }
        from limit in new int?[] { null, 3 }
        select (preserveOrder, isAsync, limit);
}
