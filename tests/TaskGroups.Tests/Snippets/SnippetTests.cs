using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>The code that docs/semantics.md and the README.md of the package show, each piece with what it is said to do.</summary>
public sealed class SnippetTests
{
    // R17, R18
    [Fact]
    public async Task Cancel_WhenTheBodyLeavesEarly_EndsWhatWasStarted()
    {
        string answer = await TaskGroup.RunAsync(tasks => FindAsync(tasks)).WithWatchdog();

        Assert.Equal("not found", answer);

        static async Task<string> FindAsync(ITaskGroup tasks)
        {
            // <snippet: leave-early>
            Task<string[]> reviews = tasks.Run(ct => ReadReviewsAsync(ct));
            string? product = await tasks.Run(ct => FindProductAsync(ct));
            if (product is null)
            {
                tasks.Cancel(); // without it the join waits for the reviews
                return "not found";
            }

            return $"{product}, {(await reviews).Length} reviews";
            // </snippet>
        }

        static async Task<string[]> ReadReviewsAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return [];
        }

        static Task<string?> FindProductAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);
    }

    // R9: catching a child's failure does not undo what it did to the group.
    [Fact]
    public async Task Run_WhenItsFailureIsCaught_HasCanceledTheGroupAllTheSame()
    {
        Task join = TaskGroup.RunAsync(async tasks =>
        {
            // <snippet: caught-too-late>
            string[] reviews;
            try
            {
                reviews = await tasks.Run(ct => ReadReviewsAsync(ct));
            }
            catch (HttpRequestException)
            {
                reviews = []; // too late: the failure has canceled the group, and the group will throw it
            }
            // </snippet>

            Assert.Empty(reviews);
            Assert.Equal(CancellationReason.ChildFailed, tasks.CancellationReason);
        });

        await Assert.ThrowsAsync<HttpRequestException>(() => join.WithWatchdog());

        static Task<string[]> ReadReviewsAsync(CancellationToken cancellationToken) =>
            Task.FromException<string[]>(new HttpRequestException("503"));
    }

    // R7, R14: three ways to let something fail.
    [Fact]
    public async Task RunOrDefault_WhenTheChildFails_YieldsTheFallbackAndCancelsNothing()
    {
        (string[] Reviews, string Price, CancellationReason Reason) page = await TaskGroup.RunAsync(async tasks =>
        {
            // <snippet: optional-child>
            // the failure is reported to the observers, and costs no more than the reviews
            Task<string[]> reviews = tasks.RunOrDefault(ct => ReadReviewsAsync(ct), fallback: []);

            // the failure of a nested group, or of a combinator, comes out where it is awaited, and can be caught there
            string price;
            try
            {
                (price, _) = await tasks.AllAsync(ct => FindPriceAsync(ct), ct => FindDiscountAsync(ct));
            }
            catch (HttpRequestException)
            {
                price = "on request";
            }
            // </snippet>

            return (await reviews, price, tasks.CancellationReason);
        }).WithWatchdog();

        Assert.Empty(page.Reviews);
        Assert.Equal("on request", page.Price);
        Assert.Equal(CancellationReason.None, page.Reason);

        static Task<string[]> ReadReviewsAsync(CancellationToken cancellationToken) =>
            Task.FromException<string[]>(new HttpRequestException("503"));
        static Task<string> FindPriceAsync(CancellationToken cancellationToken) => Task.FromResult("12.50");
        static Task<string> FindDiscountAsync(CancellationToken cancellationToken) =>
            Task.FromException<string>(new HttpRequestException("503"));
    }

    // R10: the child's failure came first.
    [Fact]
    public async Task RunAsync_WhenTheBodyWrapsAChildsFailure_StillThrowsTheChilds()
    {
        // <snippet: wrapped-failure>
        Task join = TaskGroup.RunAsync(async tasks =>
        {
            try
            {
                await tasks.Run(ct => Task.FromException(new TimeoutException("prices")));
            }
            catch (TimeoutException failure)
            {
                throw new InvalidOperationException("no price", failure);
            }
        });
        // await throws the TimeoutException; join.Exception lists both, the TimeoutException first
        // </snippet>

        await Assert.ThrowsAsync<TimeoutException>(() => join.WithWatchdog());
        Assert.Equal(
            [typeof(TimeoutException), typeof(InvalidOperationException)],
            join.Exception!.InnerExceptions.Select(failure => failure.GetType()));
    }

    // R1: one after the other.
    [Fact]
    public async Task Run_WhenEachChildIsAwaitedAtOnce_RunsOneAfterTheOther()
    {
        Trail trail = new();
        Gate allHaveBegun = new(opensAfter: 4);
        await TaskGroup.RunAsync(async tasks =>
        {
            // <snippet: sequential>
            // sequential code with extra steps: the second call begins when the first has ended
            string slow = await tasks.Run(ct => CallAsync("price", ct));
            string again = await tasks.Run(ct => CallAsync("stock", ct));

            // both at once: start first, await later
            Task<string> price = tasks.Run(ct => CallAsync("price", ct));
            Task<string> stock = tasks.Run(ct => CallAsync("stock", ct));
            string both = $"{await price}, {await stock}";
            // </snippet>

            Assert.Equal("price, stock", $"{slow}, {again}");
            Assert.Equal("price, stock", both);
        }).WithWatchdog();

        Assert.Equal(["begin price", "end price", "begin stock", "end stock", "begin price", "begin stock"], trail.Steps.Take(6));

        async Task<string> CallAsync(string name, CancellationToken cancellationToken)
        {
            trail.Add($"begin {name}");
            allHaveBegun.Open();
            if (trail.Steps.Count(each => each.StartsWith("begin", StringComparison.Ordinal)) > 2)
            {
                await allHaveBegun.WaitAsync(cancellationToken);
            }

            trail.Add($"end {name}");
            return name;
        }
    }

    // R6
    [Fact]
    public async Task RunAsync_WhenAChildAwaitsItsOwnGroup_EndsByCancellationOnly()
    {
        using CancellationTokenSource caller = new();
        Gate assigned = new();

        // <snippet: self-deadlock>
        Task? join = null;
        join = TaskGroup.RunAsync(
            async tasks =>
            {
                await assigned.WaitAsync(); // join has its value now
                await tasks.Run(ct => join!.WaitAsync(ct)); // waits for itself: only a cancellation ends it
            },
            caller.Token);
        // </snippet>

        assigned.Open();
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => join.WithWatchdog());
    }

    // R26
    [Fact]
    public async Task RunGroupAsync_WhenAChildOfAFullGroupNeedsChildren_GivesThemSlotsOfTheirOwn()
    {
        var options = new TaskGroupOptions { MaxConcurrency = 1 };
        int answer = await TaskGroup.RunAsync(
            tasks => tasks.Run(async ct =>
            {
                // <snippet: full-group>
                // this child holds the only slot: awaiting tasks.Run(...) here would wait for itself
                return await tasks.RunGroupAsync(nested => nested.Run(ct => Task.FromResult(42)));
                // </snippet>
            }),
            options).WithWatchdog();

        Assert.Equal(42, answer);
    }

    // Testing code that takes an ITaskGroup needs no fake.
    [Fact]
    public async Task RunAsync_AroundTheCodeUnderTest_GivesItARealGroup()
    {
        // <snippet: testing>
        string page = await TaskGroup.RunAsync(tasks => new ProductPages(tasks).GetAsync(id: 7));
        Assert.Equal("product 7", page);
        // </snippet>
    }

    // R9: the scope's group would be over after the first failure.
    [Fact]
    public async Task RunAsync_ForEachOperation_KeepsAFailureToItsOperation()
    {
        var circuit = new Circuit(unknown: "no such");

        await Assert.ThrowsAsync<HttpRequestException>(() => circuit.SearchAsync("no such", CancellationToken.None));
        Assert.Equal("2 results", await circuit.SearchAsync("two", CancellationToken.None));
    }

    private sealed class ProductPages(ITaskGroup tasks)
    {
        public async Task<string> GetAsync(int id) => await tasks.Run(ct => Task.FromResult($"product {id}"));
    }

    private sealed class Circuit(string unknown)
    {
        // <snippet: group-per-operation>
        public Task<string> SearchAsync(string text, CancellationToken cancellationToken) => TaskGroup.RunAsync(async tasks =>
        {
            Task<int> products = tasks.Run(ct => CountProductsAsync(text, ct));
            Task<int> articles = tasks.Run(ct => CountArticlesAsync(text, ct));
            return $"{await products + await articles} results";
        }, cancellationToken);
        // </snippet>

        private Task<int> CountProductsAsync(string text, CancellationToken cancellationToken) =>
            text == unknown ? Task.FromException<int>(new HttpRequestException("404")) : Task.FromResult(1);

        private static Task<int> CountArticlesAsync(string text, CancellationToken cancellationToken) => Task.FromResult(1);
    }
}
