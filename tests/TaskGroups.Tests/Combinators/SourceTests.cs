using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Sources that are empty, throw, or give no enumerator.
public sealed class SourceTests
{
    // R7, R10: whatever a source throws, and wherever, is the failure of the call; what it gave before has ended by then
    [Theory]
    [InlineData(Fault.Opening, 0)]
    [InlineData(Fault.FirstMove, 0)]
    [InlineData(Fault.LaterMove, 2)]
    [InlineData(Fault.Current, 2)]
    [InlineData(Fault.Disposal, 3)]
    public async Task Combinators_WhenTheSourceThrows_ThrowThatAfterItsChildrenHaveEnded(Fault fault, int mostChildren)
    {
        foreach (Reader reader in Enum.GetValues<Reader>())
        {
            foreach (bool isAsync in new[] { false, true })
            {
                InvalidDataException failure = new();
                FaultySource source = new(fault, failure);
                int running = 0, invoked = 0;

                async Task<int> Work(int item, CancellationToken ct)
                {
                    Interlocked.Increment(ref invoked);
                    Interlocked.Increment(ref running);
                    await Task.Yield();
                    Interlocked.Decrement(ref running);
                    return item;
                }

                await TaskGroup.RunAsync(async outer =>
                {
                    Exception? thrown = await Record.ExceptionAsync(() => ReadAsync(outer, reader, isAsync, source, Work));
                    Assert.Same(failure, thrown);
                    Assert.Equal(0, Volatile.Read(ref running));
                    Assert.Equal(CancellationReason.None, outer.CancellationReason);
                }).WithWatchdog();
                Assert.InRange(invoked, 0, mostChildren);
                Assert.Equal(fault == Fault.Opening ? 0 : 1, source.Disposals);
            }
        }
    }

    // R14, R16: a source that gives no enumerator, as a mock without a setup does, is one failure, and its message says what is missing
    [Fact]
    public async Task Combinators_WhenTheSourceGivesNoEnumerator_FailOnceAndSaySo()
    {
        foreach (Reader reader in Enum.GetValues<Reader>())
        {
            foreach (bool isAsync in new[] { false, true })
            {
                RecordingObserver observer = new();
                await TaskGroup.RunAsync(
                    async outer =>
                    {
                        InvalidOperationException thrown = await Assert.ThrowsAsync<InvalidOperationException>(
                            () => ReadAsync(
                                outer,
                                reader,
                                isAsync,
                                new FaultySource(null, null) { IsMissing = true },
                                (item, _) => Task.FromResult(item)));
                        Assert.Contains("null instead of an enumerator", thrown.Message, StringComparison.Ordinal);
                    },
                    new TaskGroupOptions { Observer = observer }).WithWatchdog();
                Assert.Empty(observer.Unseen());
            }
        }
    }

    // Nothing to do is done at once; a race needs a contender
    [Theory, Plays]
    public Task Combinators_OverNothing_YieldNothing(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            foreach (bool isAsync in new[] { false, true })
            {
                foreach (Reader reader in Enum.GetValues<Reader>())
                {
                    IReadOnlyList<int> results = await ReadAsync(
                        group, reader, isAsync, new FaultySource(null, null, count: 0), (_, _) => throw new InvalidDataException(
                            "no item"));
                    Assert.Empty(results);
                }
            }

            await group.AllAsync(Array.Empty<Func<CancellationToken, Task>>());
            Assert.Empty(await group.AllAsync(Array.Empty<Func<CancellationToken, Task<int>>>()));
            Action race = () => group.RaceAsync(Array.Empty<Func<CancellationToken, Task<int>>>());
            Assert.Equal("work", Assert.Throws<ArgumentException>(race).ParamName);
        });
    });

    // R14, R15: a disposal never takes the place of the failure that led to it
    [Theory, Plays]
    public Task Combinators_WhenASourceFailsAndItsDisposalAsWell_ThrowTheFirstAndReportTheSecond(Play play) => play.In(async scene =>
    {
        foreach (Func<ITaskGroup, IAsyncEnumerable<int>, Task> combinator in new Func<ITaskGroup, IAsyncEnumerable<int>, Task>[]
        {
            (group, source) => group.ForEachAsync(source, static (_, _) => Task.CompletedTask),
            (group, source) => group.MapAsync(source, static (item, _) => Task.FromResult(item)),
            (group, source) => Sources.ReadAllAsync(group.StreamAsync(source, static (item, _) => Task.FromResult(item))),
        })
        {
            InvalidDataException first = new("first"), second = new("second");
            RecordingObserver observer = new();
            await scene.RunAsync(
                async group => await Expect.Throws(combinator(group, new FailingSource(first, second)), first),
                new TaskGroupOptions { Observer = observer });
            Assert.Contains(second, observer.Unseen());

            observer = new();
            await scene.RunAsync(
                async group => await Expect.Throws(combinator(group, new FailingSource(null, second)), second),
                new TaskGroupOptions { Observer = observer });
        }
    });

    // Each child is called by its place in the source
    [Theory, Plays]
    public Task Combinators_OverASource_NameTheirChildrenByTheirPlace(Play play) => play.In(async scene =>
    {
        string[] items = [.. Enumerable.Range(0, 3).Select(index => $"item[{index}]")];
        foreach ((Func<ITaskGroup, Task> call, string[] names) in new (Func<ITaskGroup, Task>, string[])[]
        {
            (group => group.ForEachAsync([7, 7, 7], (_, _) => Task.CompletedTask), items),
            (group => group.MapAsync([7, 7, 7], Work.Now), items),
            (group => Sources.ReadAllAsync(group.StreamAsync([7, 7, 7], Work.Now)), [.. items, "source"]),
            (group => Sources.ReadAllAsync(group.StreamAsync([7, 7, 7], Work.Now, preserveOrder: false)), [.. items, "source"]),
        })
        {
            RecordingObserver observer = new();
            await scene.RunAsync(call, new TaskGroupOptions { Observer = observer });
            Assert.Equal(names, observer.Of<ObserverEvent.ChildStarted>().Select(each => each.Name).Order(StringComparer.Ordinal));
        }
    });

    private static async Task<IReadOnlyList<int>> ReadAsync(
        ITaskGroup group, Reader reader, bool isAsync, FaultySource source, Func<int, CancellationToken, Task<int>> work)
    {
        switch (reader)
        {
            case Reader.ForEach:
                await (isAsync
                    ? group.ForEachAsync((IAsyncEnumerable<int>)source, work)
                    : group.ForEachAsync((IEnumerable<int>)source, work));
                return [];
            case Reader.Map:
                return await (isAsync
                    ? group.MapAsync((IAsyncEnumerable<int>)source, work)
                    : group.MapAsync((IEnumerable<int>)source, work));
            default:
                bool inOrder = reader == Reader.StreamInOrder;
                return await Sources.ReadAllAsync(isAsync
                    ? group.StreamAsync((IAsyncEnumerable<int>)source, work, preserveOrder: inOrder)
                    : group.StreamAsync((IEnumerable<int>)source, work, preserveOrder: inOrder));
        }
    }

    private enum Reader
    {
        ForEach,
        Map,
        StreamInOrder,
        StreamAsCompleted,
    }

    private sealed class FailingSource(Exception? failure, Exception disposal) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        public int Current => 2;

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync() => failure is null ? new(false) : ValueTask.FromException<bool>(failure);

        public ValueTask DisposeAsync() => ValueTask.FromException(disposal);
    }
}
