using System.Collections;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What a combinator is given: sources that are empty or throw, delegates that are missing or return null.
public partial class CombinatorTests
{
    public enum Fault
    {
        Opening,
        FirstMove,
        LaterMove,
        Current,
        Disposal,
    }

    private enum Reader
    {
        ForEach,
        Map,
        StreamInOrder,
        StreamAsCompleted,
    }

    // C01, R7, R10: whatever a source throws, and wherever, is the failure of the call; what it gave before has ended by then
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

    // R14, R16: a source that gives no enumerator, as a mock does that nobody set up, is one failure, and its message says what is missing
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
                Assert.Empty(UnseenBy(observer));
            }
        }
    }

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

    // JD-23, C01: nothing to do is done at once; a race needs somebody to win it
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

    // R14: what the source throws when the loop is left early comes out of no await, so the observers hear it
    [Theory, Plays]
    public Task StreamAsync_WhenTheLoopIsLeftAndTheSourceFailsToDispose_ReportsThat(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        foreach (bool preserveOrder in new[] { true, false })
        {
            RecordingObserver observer = new();
            FaultySource source = new(Fault.Disposal, failure, count: 100);
            await scene.RunAsync(
                async group =>
                {
                    await foreach (int _ in group.StreamAsync(
                        (IAsyncEnumerable<int>)source,
                        (item, _) => Task.FromResult(item),
                        2,
                        preserveOrder))
                    {
                        break;
                    }
                },
                new TaskGroupOptions { Observer = observer });
            Assert.Contains(failure, UnseenBy(observer));
            Assert.Equal(1, source.Disposals);
        }
    });

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
                () => group.ForEachAsync(Numbers(1), (_, _) => null!),
                () => group.MapAsync([1], Task<int> (_, _) => null!),
                () => group.MapAsync(Numbers(1), Task<int> (_, _) => null!),
                () => ReadAllAsync(group.StreamAsync([1], Task<int> (_, _) => null!)),
                () => ReadAllAsync(group.StreamAsync([1], Task<int> (_, _) => null!, preserveOrder: false)),
                () => ReadAllAsync(group.StreamAsync(Numbers(1), Task<int> (_, _) => null!)),
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

    // C01: a delegate that is missing in a sequence
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
                return await ReadAllAsync(isAsync
                    ? group.StreamAsync((IAsyncEnumerable<int>)source, work, preserveOrder: inOrder)
                    : group.StreamAsync((IEnumerable<int>)source, work, preserveOrder: inOrder));
        }
    }

    private static async Task<IReadOnlyList<int>> ReadAllAsync(IAsyncEnumerable<int> stream)
    {
        List<int> all = [];
        await foreach (int item in stream)
        {
            all.Add(item);
        }

        return all;
    }

    /// <summary>Gives the items 0, 1, 2, and throws at the place it is told.</summary>
    private sealed class FaultySource(Fault? fault, Exception? failure, int count = 3) : IEnumerable<int>, IAsyncEnumerable<int>
    {
        private int _disposals;

        public int Disposals => _disposals;

        public bool IsMissing { get; init; }

        public IEnumerator<int> GetEnumerator() => IsMissing ? null! : Open();

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => IsMissing ? null! : Open();

        IEnumerator IEnumerable.GetEnumerator() => Open();

        private Items Open()
        {
            ThrowAt(Fault.Opening);
            return new Items(this);
        }

        private void ThrowAt(Fault place)
        {
            if (fault == place)
            {
                throw failure!;
            }
        }

        private sealed class Items(FaultySource source) : IEnumerator<int>, IAsyncEnumerator<int>
        {
            private readonly int _count = source.Count;
            private int _current = -1;

            public int Current
            {
                get
                {
                    if (_current == 2)
                    {
                        source.ThrowAt(Fault.Current);
                    }

                    return _current;
                }
            }

            object IEnumerator.Current => Current;

            public bool MoveNext()
            {
                _current++;
                if (_current == 0)
                {
                    source.ThrowAt(Fault.FirstMove);
                }

                if (_current == 2)
                {
                    source.ThrowAt(Fault.LaterMove);
                }

                return _current < _count;
            }

            public async ValueTask<bool> MoveNextAsync()
            {
                await Task.Yield();
                return MoveNext();
            }

            public void Dispose()
            {
                source._disposals++;
                source.ThrowAt(Fault.Disposal);
            }

            public async ValueTask DisposeAsync()
            {
                await Task.Yield();
                Dispose();
            }

            public void Reset() => throw new NotSupportedException();
        }

        private int Count => count;
    }
}
