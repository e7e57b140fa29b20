using static Microsoft.Playwright.Assertions;

namespace TaskGroups.Browser.Tests;

// R38: what has just ended.
public sealed class HistoryTests(Chromium chromium)
{
    private readonly Shop _shop = new();

    [Fact]
    public async Task FailedRequest_ShowsItsCauseAndWhatThatCanceled()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        (await app.Client.GetAsync("/broken").WithWatchdog()).Dispose();

        await Expect(viewer.Failing).ToContainTextAsync("GET /broken failed");
        await Expect(viewer.Failing).ToContainTextAsync("the stock: InvalidTimeZoneException, canceled the price and the reviews");
        await viewer.Page.Locator("#view-history").ClickAsync();

        await Expect(viewer.Row("GET /broken").Locator(".state")).ToHaveTextAsync("failed");
        await Expect(viewer.Row("GET /broken").Locator(".note")).ToContainTextAsync("the stock failed");
        await Expect(viewer.Row("the stock").Locator(".note")).ToHaveTextAsync("InvalidTimeZoneException");
        foreach (string sibling in new[] { "the price", "the reviews" })
        {
            await Expect(viewer.Row(sibling).Locator(".state")).ToHaveTextAsync("canceled");
            await Expect(viewer.Row(sibling).Locator(".note")).ToHaveTextAsync("took \\d+ ms to end".AsRegex());
        }

        await viewer.Row("the price").ClickAsync();
        await Expect(viewer.Detail.Locator(".why"))
            .ToContainTextAsync("Canceled because 'the stock' failed with System.InvalidTimeZoneException.");
        await Expect(viewer.Detail.Locator("ol li")).ToHaveTextAsync(["^GET /broken".AsRegex(), "^the price".AsRegex()]);
        await Expect(viewer.Page.Locator("body")).Not.ToContainTextAsync("a secret");
        viewer.AssertQuiet();
    }

    [Fact]
    public async Task RequestThatRanOutOfTime_SaysWhatStillRan()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        (await app.Client.GetAsync("/late").WithWatchdog()).Dispose();

        await Expect(viewer.Failing).ToContainTextAsync("GET /late ran out of time");
        await Expect(viewer.Failing).ToContainTextAsync("the slow one still ran");
        await viewer.Failing.Locator("button").First.ClickAsync();

        await Expect(viewer.Row("GET /late")).ToHaveAttributeAsync("aria-selected", "true");
        await Expect(viewer.Row("the slow one").Locator(".state")).ToHaveTextAsync("canceled");
        await Expect(viewer.Detail.Locator(".why")).ToContainTextAsync("Canceled by its time limit.");
    }

    [Fact]
    public async Task FailedRequest_NamesWhatThatCanceledInItsNestedGroups()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        (await app.Client.GetAsync("/broken-beside").WithWatchdog()).Dispose();

        await Expect(viewer.Failing).ToContainTextAsync("the stock: InvalidTimeZoneException, canceled item[0] and item[1]");
        await viewer.Failing.Locator("button").First.ClickAsync();
        await Expect(viewer.Row("item[0]").Locator(".state")).ToHaveTextAsync("canceled");
        await Expect(viewer.Detail.Locator(".why"))
            .ToHaveTextAsync("'the stock' failed with System.InvalidTimeZoneException, which canceled item[0] and item[1].");
    }

    [Fact]
    public async Task SuccessfulRequest_IsClosedUntilItIsOpened_AndStatesFilterIt()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        _shop["7"].Open();
        await app.Client.GetStringAsync("/page/7").WithWatchdog();
        await viewer.Page.Locator("#view-history").ClickAsync();

        await Expect(viewer.Row("GET /page/{id}")).ToHaveAttributeAsync("aria-expanded", "false");
        await viewer.Row("GET /page/{id}").Locator(".toggle").ClickAsync();
        await Expect(viewer.Row("the price of 7").Locator(".state")).ToHaveTextAsync("succeeded");
        await viewer.Page.Locator("#state-filter").SelectOptionAsync("failed");

        await Expect(viewer.Page.Locator("#empty")).ToHaveTextAsync("Nothing matches the filter.");
    }
}
