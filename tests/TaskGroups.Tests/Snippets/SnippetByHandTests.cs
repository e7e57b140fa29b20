using System.Runtime.ExceptionServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>docs/by-hand.md compares a careful use of Task.WhenAll with a group: both do the same, as far as the comparison says.</summary>
public sealed class SnippetByHandTests
{
    public static TheoryData<string> Ways => ["by hand", "group"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task BothWays_WhenNothingFails_YieldThePage(string way)
    {
        Page page = await new Pages(way).GetAsync(7).WithWatchdog();

        Assert.Equal(new Page("7.50", 7), page);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task BothWays_WhenOneCallFails_CancelTheOtherAndThrowTheFailure(string way)
    {
        var failure = new HttpRequestException("503");
        var pages = new Pages(way)
        {
            Price = ct => Task.Delay(Timeout.Infinite, ct),
            Stock = async _ =>
            {
                await Task.Yield();
                throw failure;
            },
        };

        Assert.Same(failure, await Assert.ThrowsAsync<HttpRequestException>(() => pages.GetAsync(7).WithWatchdog()));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task BothWays_WhenTheClientIsGone_CancelBothAndThrowItsToken(string way)
    {
        using CancellationTokenSource client = new();
        Gate begun = new(opensAfter: 2);
        Func<CancellationToken, Task> block = ct =>
        {
            begun.Open();
            return Task.Delay(Timeout.Infinite, ct);
        };
        Task<Page> page = new Pages(way) { Price = block, Stock = block }.GetAsync(7, client.Token);
        await begun.WaitAsync();
        await client.CancelAsync();

        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => page.WithWatchdog());
        Assert.Equal(client.Token, canceled.CancellationToken);
    }

    private sealed record Page(string Price, int Stock);

    private sealed class Pages(string way)
    {
        public Func<CancellationToken, Task> Price { get; init; } = _ => Task.CompletedTask;

        public Func<CancellationToken, Task> Stock { get; init; } = _ => Task.CompletedTask;

        public Task<Page> GetAsync(int id, CancellationToken requestAborted = default) =>
            way == "group" ? GetInAGroupAsync(id, requestAborted) : GetByHandAsync(id, requestAborted);

        // <snippet: in-a-group>
        private Task<Page> GetInAGroupAsync(int id, CancellationToken requestAborted)
        {
            var options = new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(20) };
            return TaskGroup.RunAsync(async tasks =>
            {
                Task<string> price = tasks.Run(ct => FindPriceAsync(id, ct));
                Task<int> stock = tasks.Run(ct => FindStockAsync(id, ct));
                return new Page(await price, await stock);
            }, options, requestAborted);
        }
        // </snippet>

        // <snippet: by-hand>
        private async Task<Page> GetByHandAsync(int id, CancellationToken requestAborted)
        {
            using var source = CancellationTokenSource.CreateLinkedTokenSource(requestAborted);
            source.CancelAfter(TimeSpan.FromSeconds(20));
            ExceptionDispatchInfo? first = null;

            Task<string> price = GuardAsync(ct => FindPriceAsync(id, ct));
            Task<int> stock = GuardAsync(ct => FindStockAsync(id, ct));
            await Task.WhenAll(price, stock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            first?.Throw();
            if (price.IsCanceled || stock.IsCanceled)
            {
                requestAborted.ThrowIfCancellationRequested();
                throw new TimeoutException("The page took longer than 20 s.");
            }

            return new Page(await price, await stock);

            async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> call)
            {
                try
                {
                    return await call(source.Token);
                }
                catch (Exception failure) when (failure is not OperationCanceledException || !source.IsCancellationRequested)
                {
                    Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(failure), null);
                    await source.CancelAsync();
                    throw;
                }
            }
        }
        // </snippet>

        private async Task<string> FindPriceAsync(int id, CancellationToken cancellationToken)
        {
            await Price(cancellationToken);
            return $"{id}.50";
        }

        private async Task<int> FindStockAsync(int id, CancellationToken cancellationToken)
        {
            await Stock(cancellationToken);
            return id;
        }
    }
}
