using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace TaskGroups.Browser.Tests;

// R38: the live page, in a browser.
public sealed class LivePageTests(Chromium chromium)
{
    private readonly Shop _shop = new();

    [Fact]
    public async Task Page_UnderItsOwnPolicy_LoadsWithoutAComplaintAndAsksNoOtherServer()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);

        await Expect(viewer.Page.Locator("#state")).ToHaveTextAsync("running");
        await Expect(viewer.Row("background")).ToBeVisibleAsync();

        Assert.Contains("default-src 'none'", viewer.Response.Headers["content-security-policy"], StringComparison.Ordinal);
        Assert.All(viewer.Requests, url => Assert.StartsWith(app.Address.AbsoluteUri, url, StringComparison.Ordinal));
        viewer.AssertQuiet();
    }

    [Fact]
    public async Task SlowRequest_AppearsGrowsAndDisappears()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address, new()); // in which bars grow between snapshots
        await viewer.Page.Locator("#span").SelectOptionAsync("30000"); // an axis that stays

        Task<string> request = app.Client.GetStringAsync("/page/7");
        await Expect(viewer.Row("GET /page/{id}")).ToContainTextAsync("request");
        await Expect(viewer.Row("the price of 7")).ToContainTextAsync("running");
        double width = await viewer.BarWidthAsync("the price of 7");
        await viewer.UntilAsync(
            "width => [...document.querySelectorAll('.row.child .bar')].some(bar => bar.getBoundingClientRect().width > width)", width + 5);
        await Expect(viewer.Row("GET /page/{id}").Locator(".note")).ToHaveTextAsync("4 min 5\\d s left".AsRegex());
        await Expect(viewer.Running).ToContainTextAsync("the price of 7");
        await Expect(viewer.Running).ToContainTextAsync("in GET /page/{id}, since ");
        _shop["7"].Open();
        Assert.Equal("ok", await request.WithWatchdog());

        await Expect(viewer.Row("the price of 7")).ToHaveCountAsync(0);
        await Expect(viewer.Row("GET /page/{id}")).ToHaveCountAsync(0);
        viewer.AssertQuiet();
    }

    [Fact]
    public async Task ChildWithoutASlot_IsShownAsWaiting()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        Task<HttpResponseMessage> request = app.Client.GetAsync("/narrow");

        await Expect(viewer.Row("the second").Locator(".state")).ToHaveTextAsync("waiting");
        await Expect(viewer.Row("the second").Locator(".note")).ToHaveTextAsync("waits for a slot");
        await Expect(viewer.Row("GET /narrow").Locator(".note")).ToContainTextAsync("1 waits for a slot");
        _shop["narrow"].Open();
        (await request.WithWatchdog()).Dispose();
    }

    [Fact]
    public async Task ChildThatIgnoresItsToken_IsMarkedAsStraggler_AndTheDetailsSayWhy()
    {
        var clock = new ClockAhead();
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map, clock: clock);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        Task<HttpResponseMessage> request = app.Client.GetAsync("/deaf");

        await Expect(viewer.Row("the deaf one").Locator(".state")).ToHaveTextAsync("ending");
        clock.Advance(TimeSpan.FromSeconds(5));
        await Expect(viewer.Row("the deaf one").Locator(".state")).ToHaveTextAsync("straggling");
        await viewer.Row("the deaf one").ClickAsync();

        await Expect(viewer.Detail.Locator(".why")).ToContainTextAsync("it ignores its token");
        await Expect(viewer.Detail.Locator("ol")).ToContainTextAsync("GET /deaf");
        await Expect(viewer.Page.Locator("#totals")).ToContainTextAsync("1 straggling");
        _shop["deaf"].Open();
        (await request.WithWatchdog()).Dispose();
        await Expect(viewer.Detail.Locator(".why")).ToContainTextAsync("It has ended");
    }

    [Fact]
    public async Task GroupThatAFailureCanceled_SaysWhoseFailureWhileItStillEnds()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        Task<HttpResponseMessage> request = app.Client.GetAsync("/deaf-sibling");

        await Expect(viewer.Row("GET /deaf-sibling").Locator(".state")).ToHaveTextAsync("ending");
        await Expect(viewer.Row("GET /deaf-sibling").Locator(".note")).ToHaveTextAsync("the stock failed");
        await viewer.Row("the deaf one").ClickAsync();
        await Expect(viewer.Detail.Locator(".why")).ToContainTextAsync("'the stock' failed with InvalidTimeZoneException");
        Assert.Contains(
            "canceled: child_failed by the stock (System.InvalidTimeZoneException)",
            await app.Client.GetStringAsync("/taskgroups/text"),
            StringComparison.Ordinal);
        _shop["deaf"].Open();
        (await request.WithWatchdog()).Dispose();
    }

    [Fact]
    public async Task FilterSortAndPause_ChooseWhatIsShown()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        Task<string> first = app.Client.GetStringAsync("/page/first");
        await Expect(viewer.Row("the price of first")).ToBeVisibleAsync();
        Task<string> second = app.Client.GetStringAsync("/page/second");
        await Expect(viewer.Row("the price of second")).ToBeVisibleAsync();

        ILocator children = viewer.Page.Locator("#list .row.child .name");
        await Expect(children).ToHaveTextAsync(["the price of first", "the price of second"]);
        await viewer.Page.Locator("#sort").SelectOptionAsync("newest");
        await Expect(children).ToHaveTextAsync(["the price of second", "the price of first"]);
        await viewer.Page.Locator("#text").FillAsync("SECOND");
        await Expect(children).ToHaveTextAsync(["the price of second"]);
        await viewer.Page.Locator("#text").FillAsync("");
        await viewer.Page.Locator("#kind-filter").SelectOptionAsync("background");
        await Expect(viewer.Page.Locator("#list .row")).ToHaveCountAsync(1);
        await viewer.Page.Locator("#kind-filter").SelectOptionAsync("");
        await viewer.Page.Locator("#state-filter").SelectOptionAsync("waiting");
        await Expect(viewer.Page.Locator("#empty")).ToHaveTextAsync("Nothing matches the filter.");
        await viewer.Page.Locator("#state-filter").SelectOptionAsync("");

        await viewer.Page.Locator("#pause").ClickAsync();
        _shop["first"].Open();
        await first.WithWatchdog();
        Task<string> third = app.Client.GetStringAsync("/page/third");
        await app.Client.WaitForSnapshotAsync("the price of third");
        await Expect(children).ToHaveTextAsync(["the price of second", "the price of first"]);
        await viewer.Page.Locator("#pause").ClickAsync();
        await Expect(children).ToHaveTextAsync(["the price of third", "the price of second"]);

        _shop["second"].Open();
        _shop["third"].Open();
        await Task.WhenAll(second, third).WithWatchdog();
        viewer.AssertQuiet();
    }

    // The first snapshot has them all, so their numbers do not tell their ages.
    [Fact]
    public async Task Rows_OfOneGroup_GoByTheirAges()
    {
        var clock = new ClockAhead();
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map, clock: clock);
        Task<HttpResponseMessage> request = app.Client.GetAsync("/rows");
        await _shop["the oldest runs"].WaitAsync().WithWatchdog();
        clock.Advance(TimeSpan.FromMinutes(1));
        _shop["the second row"].Open();
        await _shop["the second runs"].WaitAsync().WithWatchdog();
        clock.Advance(TimeSpan.FromMinutes(1));
        _shop["the third row"].Open();
        await _shop["the third runs"].WaitAsync().WithWatchdog();
        await using Viewer viewer = await chromium.OpenAsync(app.Address);

        await Expect(viewer.Page.Locator("#list .row .label"))
            .ToHaveTextAsync(["GET /rows", "the oldest", "the innermost", "the second", "the third", "background"]);
        await viewer.Page.Locator("#sort").SelectOptionAsync("newest");
        await Expect(viewer.Page.Locator("#list .row .label"))
            .ToHaveTextAsync(["GET /rows", "the third", "the second", "the oldest", "the innermost", "background"]);
        _shop["rows"].Open();
        (await request.WithWatchdog()).Dispose();
    }

    [Fact]
    public async Task Connection_IsAKindOfItsOwn()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        Task<HttpResponseMessage> connection = app.Client.GetAsync("/connected");
        await Expect(viewer.Row("GET /connected").Locator(".kind")).ToContainTextAsync("connection");
        Task<HttpResponseMessage>[] requests = [connection, app.Client.GetAsync("/page/7")];
        await Expect(viewer.Row("the price of 7")).ToBeVisibleAsync();
        // What stays connected is no call that is stuck.
        await Expect(viewer.Running.Locator("li:not([hidden]) .what")).ToHaveTextAsync(["the price of 7", "the pump"]);

        await viewer.Page.Locator("#kind-filter").SelectOptionAsync("connection");
        await Expect(viewer.Page.Locator("#list .row .label")).ToHaveTextAsync(["GET /connected", "the pump"]);
        Assert.Equal(
            ["all", "request", "connection", "background", "job", "scope", "group"],
            await viewer.Page.Locator("#kind-filter option").AllTextContentsAsync());

        _shop["connected"].Open();
        _shop["7"].Open();
        Array.ForEach(await Task.WhenAll(requests).WithWatchdog(), response => response.Dispose());
    }

    [Fact]
    public async Task QueuesOfJobs_AreShownWhereThereAreAny()
    {
        var queues = new Queues { All = [] };
        await using WatchedApp app = await WatchedApp.StartAsync(
            _shop.Map, builder => builder.Services.AddSingleton<IJobQueues>(queues));
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        await Expect(viewer.Row("background")).ToBeVisibleAsync();
        await Expect(viewer.Page.Locator("#queues")).ToBeHiddenAsync();

        queues.All = [new QueueView("send-receipt", 1_234, 65_000), new QueueView("<b>report", 0, null)];

        await Expect(viewer.Page.Locator("#queue-rows tr")).ToHaveTextAsync(
            ["send-receipt1,2341 min 5 s", "<b>report0none waits"]);
        Assert.Equal(0, await viewer.Page.Locator("#queues b").CountAsync());
        viewer.AssertQuiet();
    }

    [Fact]
    public async Task OneViewerTooMany_PollsInstead()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map, page: options => options.MaxViewers = 1);
        await using Viewer first = await chromium.OpenAsync(app.Address);
        await Expect(first.Page.Locator("#notice")).ToBeHiddenAsync();
        await using Viewer second = await chromium.OpenAsync(app.Address);

        await Expect(second.Page.Locator("#notice")).ToContainTextAsync("now and then");
        Task<string> request = app.Client.GetStringAsync("/page/7");
        await Expect(second.Row("the price of 7")).ToBeVisibleAsync();
        _shop["7"].Open();
        await request.WithWatchdog();
        await Expect(second.Row("the price of 7")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Stop_ShowsItsProgress()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        Task<string>[] requests = [.. new[] { "a", "b", "c" }.Select(id => app.Client.GetStringAsync($"/page/{id}"))];
        await Expect(viewer.Row("GET /page/{id}")).ToHaveCountAsync(3);
        ILocator text = viewer.Page.Locator("#drain-text");
        ILocator progress = viewer.Page.Locator("#drain-progress");
        await Expect(text).ToBeHiddenAsync();

        Task stop = app.StopAsync();
        await Expect(text).ToContainTextAsync("3 of 3 requests and connections");
        await Expect(viewer.Page.Locator("#state")).ToHaveTextAsync("draining");
        double before = await progress.EvaluateAsync<double>("element => element.value");
        _shop["a"].Open();
        await Expect(text).ToContainTextAsync("2 of 3 requests and connections");
        Assert.InRange(await progress.EvaluateAsync<double>("element => element.value"), before + .2, 1);
        _shop["b"].Open();
        _shop["c"].Open();

        await Task.WhenAll(requests).WithWatchdog();
        await stop.WithWatchdog();
        await Expect(viewer.Page.Locator("#notice")).ToContainTextAsync("stopping and answers no more. No background work was left.");
    }

    // ADR 0010: background groups are drained once the server has stopped, so the page has the last word of the server.
    [Fact]
    public async Task Stop_WithBackgroundWork_KeepsTheLastStateUntilTheNextProcessAnswers()
    {
        WatchedApp app = await WatchedApp.StartAsync(
            _shop.Map,
            builder => builder.Services.AddTaskGroups(options => options.DrainTimeout = TimeSpan.FromMinutes(2))
                .Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(5)));
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        Task receipt = app.Services.GetRequiredService<IBackgroundTaskGroup>().Run(ct => _shop["receipt"].WaitAsync(ct), "the receipt");
        Task<string> request = app.Client.GetStringAsync("/page/7");
        await Expect(viewer.Row("the receipt")).ToBeVisibleAsync();
        await Expect(viewer.Row("the price of 7")).ToBeVisibleAsync();
        const string Left = "1 child in 'background' (2 min 0 s to finish, then 2.0 s to end once canceled)";

        Task stop = app.StopAsync();
        await Expect(viewer.Page.Locator("#drain-background")).ToContainTextAsync(Left);
        _shop["7"].Open();
        await request.WithWatchdog();

        await Expect(viewer.Page.Locator("#notice")).ToHaveTextAsync(
            $"The application is stopping and answers no more. Left in background groups: {Left}. The log has the rest.");
        await Expect(viewer.Page.Locator("#state")).ToHaveTextAsync("stopped");
        await Expect(viewer.Row("the receipt")).ToBeVisibleAsync();
        _shop["receipt"].Open();
        await Task.WhenAll(receipt, stop).WithWatchdog();
        await app.DisposeAsync();

        await using WatchedApp next = await WatchedApp.StartAsync(_shop.Map, address: app.Address.AbsoluteUri);
        await Expect(viewer.Page.Locator("#state")).ToHaveTextAsync("running");
        await Expect(viewer.Page.Locator("#notice")).ToBeHiddenAsync();
        await Expect(viewer.Row("the receipt")).ToHaveCountAsync(0);
        request = next.Client.GetStringAsync("/page/8");
        await Expect(viewer.Row("the price of 8")).ToBeVisibleAsync();
        Assert.Equal(2, viewer.Requests.Count(url => url.EndsWith("/events", StringComparison.Ordinal)));
        _shop["8"].Open();
        await request.WithWatchdog();
    }

    private sealed class Queues : IJobQueues
    {
        public required IReadOnlyList<QueueView> All { get; set; }

        public IReadOnlyList<QueueView> Read() => All;
    }
}
