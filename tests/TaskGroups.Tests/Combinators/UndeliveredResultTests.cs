using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R43: what becomes of results that no code receives.
public sealed class UndeliveredResultTests
{
    public static TheoryData<string> Ways => ["MapAsync", "MapAsync of an asynchronous source", "AllAsync"];

    // One fails when two have brought theirs and one brings it in spite of its token; each is disposed once, before the task completes
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Results_WhenASiblingFails_AreDisposedOnlyIfAsked(string way)
    {
        foreach (bool disposes in new[] { true, false })
        {
            InvalidDataException failure = new();
            AsyncDisposableResult[] results = [new(null), new(null), new(null)];
            Gate told = new();
            await TaskGroup.RunAsync(async group => await Expect.Throws(Call(group, way, 4, WorkAsync, disposes), failure));
            Assert.Equal(disposes ? [1, 1, 1] : [0, 0, 0], results.Select(result => result.Disposals));

            async Task<AsyncDisposableResult> WorkAsync(int item, CancellationToken ct)
            {
                if (item == 2)
                {
                    await using CancellationTokenRegistration registration = ct.UnsafeRegister(_ => told.Open(), null);
                    await told.WaitAsync(CancellationToken.None);
                }

                return item < 3 ? results[item] : throw failure;
            }
        }
    }

    // R18: nothing fails, and the caller gets a cancellation instead
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Results_WhenTheGroupIsCanceled_AreDisposedIfAsked(string way)
    {
        AsyncDisposableResult result = new(null);
        await TaskGroup.RunAsync(async group =>
        {
            Gate begun = new();
            Task call = Call(group, way, 2, WorkAsync, disposes: true);
            await begun.WaitAsync();
            group.Cancel();
            await Expect.ChildCanceled(call);

            async Task<AsyncDisposableResult> WorkAsync(int item, CancellationToken ct)
            {
                if (item == 1)
                {
                    begun.Open();
                    await Work.Forever(ct);
                }

                return result;
            }
        });
        Assert.Equal(1, result.Disposals);
    }

    // They are the caller's
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Results_WhenTheCallerGetsThem_AreNotDisposed(string way) => await TaskGroup.RunAsync(async group =>
    {
        AsyncDisposableResult[] results = await Call(
            group, way, 3, (_, _) => Task.FromResult(new AsyncDisposableResult(null)), disposes: true);
        Assert.Equal([0, 0, 0], results.Select(result => result.Disposals));
    });

    // A cache may give several the same. R14: a disposal that fails is reported, and keeps no other from its own
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Results_WhenTheyAreOneObjectOrFailToDispose_AreDisposedOnceAndReported(string way)
    {
        InvalidDataException failure = new();
        FormatException disposal = new();
        AsyncDisposableResult shared = new(disposal), last = new(null);
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group => await Expect.Throws(Call(group, way, 4, WorkAsync, disposes: true), failure),
            new TaskGroupOptions { Observer = observer });
        Assert.Equal((1, 1), (shared.Disposals, last.Disposals));
        ObserverEvent.FailureReported reported = Assert.Single(
            observer.Of<ObserverEvent.FailureReported>(), each => each.Kind == FailureKind.Disposal);
        Assert.Same(disposal, reported.Exception);

        Task<AsyncDisposableResult> WorkAsync(int item, CancellationToken ct) => item switch
        {
            3 => Task.FromException<AsyncDisposableResult>(failure),
            2 => Task.FromResult(last),
            _ => Task.FromResult(shared),
        };
    }

    // The body fails first, and the group waits for children and disposals all the same
    [Fact]
    public async Task MapAsync_WhenItsSourceFails_DisposesWhatItsItemsBring()
    {
        InvalidDataException failure = new();
        AsyncDisposableResult[] results = [new(null), new(null)];
        Gate told = new();
        await TaskGroup.RunAsync(
            async group => await Expect.Throws(group.MapAsync(Source(), WorkAsync, disposeUndelivered: true), failure));
        Assert.Equal([1, 1], results.Select(result => result.Disposals));

        IEnumerable<int> Source()
        {
            yield return 0;
            yield return 1;
            throw failure;
        }

        async Task<AsyncDisposableResult> WorkAsync(int item, CancellationToken ct)
        {
            if (item == 1)
            {
                await using CancellationTokenRegistration registration = ct.UnsafeRegister(_ => told.Open(), null);
                await told.WaitAsync(CancellationToken.None);
            }

            return results[item];
        }
    }

    // A loop that is left has worked ahead: what it took is its own, the rest is disposed before the loop ends
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StreamAsync_WhenTheLoopIsLeft_DisposesTheRestOnlyIfAsked(bool preserveOrder)
    {
        foreach (bool disposes in new[] { true, false })
        {
            AsyncDisposableResult[] results = [.. Enumerable.Range(0, 5).Select(_ => new AsyncDisposableResult(null))];
            Gate all = new(opensAfter: 5), told = new();
            AsyncDisposableResult? taken = null;
            await TaskGroup.RunAsync(async group =>
            {
                await foreach (AsyncDisposableResult result in group.StreamAsync(results, WorkAsync, 5, preserveOrder, disposes))
                {
                    taken = result;
                    await all.WaitAsync();
                    break;
                }

                Assert.Equal(0, taken!.Disposals);
                Assert.All(results.Where(result => result != taken), result => Assert.Equal(disposes ? 1 : 0, result.Disposals));
            });

            // The last brings its result in spite of its token
            async Task<AsyncDisposableResult> WorkAsync(AsyncDisposableResult result, CancellationToken ct)
            {
                all.Open();
                if (result == results[4])
                {
                    await using CancellationTokenRegistration registration = ct.UnsafeRegister(_ => told.Open(), null);
                    await told.WaitAsync(CancellationToken.None);
                }

                return result;
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StreamAsync_WhenAnItemFails_DisposesWhatTheLoopDoesNotGet(bool preserveOrder)
    {
        InvalidDataException failure = new();
        AsyncDisposableResult[] results = [new(null), new(null), new(null), new(null)];
        Gate failed = new(), told = new();
        List<AsyncDisposableResult> taken = [];
        await TaskGroup.RunAsync(async group => Assert.Same(
            failure,
            await Record.ExceptionAsync(async () =>
            {
                await foreach (AsyncDisposableResult result in group.StreamAsync(
                    Enumerable.Range(0, 4), WorkAsync, preserveOrder: preserveOrder, disposeUndelivered: true))
                {
                    taken.Add(result);
                    failed.Open();
                }
            })));
        Assert.Contains(results[0], taken);
        Assert.True(!preserveOrder || taken.Count == 1);
        Assert.All([results[0], results[2], results[3]], result => Assert.Equal(taken.Contains(result) ? 0 : 1, result.Disposals));

        async Task<AsyncDisposableResult> WorkAsync(int item, CancellationToken ct)
        {
            switch (item)
            {
                case 1:
                    await failed.WaitAsync(ct);
                    throw failure;
                case 3:
                    await using (ct.UnsafeRegister(_ => told.Open(), null))
                    {
                        await told.WaitAsync(CancellationToken.None);
                    }

                    break;
            }

            return results[item];
        }
    }

    // Of several that bring one object the loop has got one: it is the loop's
    [Fact]
    public async Task StreamAsync_WhenTheRestIsWhatTheLoopHasGot_LeavesItWhole()
    {
        AsyncDisposableResult shared = new(null);
        await TaskGroup.RunAsync(async group =>
        {
            await foreach (AsyncDisposableResult result in group.StreamAsync(
                [1, 2, 3], (_, _) => Task.FromResult(shared), disposeUndelivered: true))
            {
                Assert.Same(shared, result);
                break;
            }
        });
        Assert.Equal(0, shared.Disposals);
    }

    // Values that belong to others
    [Fact]
    public async Task RaceAsync_WhenLosersAreNotToBeDisposed_DisposesNothing()
    {
        AsyncDisposableResult first = new(null), second = new(null);
        await TaskGroup.RunAsync(async group =>
        {
            AsyncDisposableResult won = await group.RaceAsync(
                [
                    _ => Task.FromResult(first),
                    async ct =>
                    {
                        await Work.Forever(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                        return second;
                    },
                ],
                disposeLosers: false);
            Assert.Same(first, won);
        });
        Assert.Equal((0, 0), (first.Disposals, second.Disposals));
    }

    // Canceled from outside, the caller gets no result: it is left as it is as well
    [Fact]
    public async Task RaceAsync_WhenItIsCanceledAndLosersAreNotToBeDisposed_DisposesNothing()
    {
        AsyncDisposableResult first = new(null);
        await TaskGroup.RunAsync(async group =>
        {
            Task race = group.RaceAsync(
                [
                    _ =>
                    {
                        group.Cancel();
                        return Task.FromResult(first);
                    },
                    ct => Task.FromCanceled<AsyncDisposableResult>(ct),
                ],
                disposeLosers: false);
            await race.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        });
        Assert.Equal(0, first.Disposals);
    }

    private static Task<AsyncDisposableResult[]> Call(
        ITaskGroup group, string way, int count, Func<int, CancellationToken, Task<AsyncDisposableResult>> work, bool disposes) =>
        way switch
        {
            "MapAsync" => group.MapAsync(Enumerable.Range(0, count), work, disposeUndelivered: disposes),
            "AllAsync" => group.AllAsync(
                Enumerable.Range(0, count).Select(Func<CancellationToken, Task<AsyncDisposableResult>> (item) => ct => work(item, ct)),
                disposes),
            _ => group.MapAsync(Sources.Numbers(count), work, disposeUndelivered: disposes),
        };
}
