using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace TaskGroups.Browser.Tests;

// The page by keyboard alone, in both themes, on a phone.
public sealed class AccessibilityTests(Chromium chromium)
{
    private readonly Shop _shop = new();

    [Fact]
    public async Task Keyboard_Alone_DoesEverything()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        (await app.Client.GetAsync("/broken").WithWatchdog()).Dispose();
        Task<string> request = app.Client.GetStringAsync("/page/7");
        await Expect(viewer.Row("the price of 7")).ToBeVisibleAsync();

        // Filter by text, and clear it.
        await viewer.PressAsync("/");
        await viewer.Page.Keyboard.TypeAsync("nothing like it");
        await Expect(viewer.Page.Locator("#empty")).ToBeVisibleAsync();
        await viewer.PressAsync("Escape");
        await Expect(viewer.Row("the price of 7")).ToBeVisibleAsync();
        await Expect(viewer.List).ToBeFocusedAsync();

        // Walk, close and open, see the details, follow the path, and leave them.
        await viewer.PressAsync("Home");
        await Expect(viewer.Row("GET /page/{id}")).ToHaveAttributeAsync("aria-selected", "true");
        await viewer.PressAsync("ArrowLeft");
        await Expect(viewer.Row("the price of 7")).ToHaveCountAsync(0);
        await viewer.PressAsync("ArrowRight", "ArrowRight");
        await Expect(viewer.Row("the price of 7")).ToHaveAttributeAsync("aria-selected", "true");
        await Expect(viewer.Detail.Locator("h2")).ToHaveTextAsync("the price of 7");
        await Expect(viewer.List).ToHaveAttributeAsync("aria-activedescendant", "row-c\\d+".AsRegex());
        await viewer.PressAsync("Enter");
        await Expect(viewer.Detail).ToBeFocusedAsync();
        await viewer.PressAsync("Tab", "Tab", "Enter");
        await Expect(viewer.Row("GET /page/{id}")).ToHaveAttributeAsync("aria-selected", "true");
        await viewer.PressAsync("Escape");
        await Expect(viewer.Detail).ToBeHiddenAsync();

        // The history, from the first answer of the page on.
        await viewer.PressAsync("h");
        await Expect(viewer.Row("the stock")).ToBeVisibleAsync();
        await viewer.PressAsync("Home", "ArrowDown");
        await Expect(viewer.Detail.Locator(".why")).ToContainTextAsync("the stock");
        await viewer.PressAsync("l");
        await Expect(viewer.Row("the price of 7")).ToBeVisibleAsync();

        // Pause, theme, help.
        await viewer.PressAsync("p");
        await Expect(viewer.Page.Locator("#pause")).ToHaveAttributeAsync("aria-pressed", "true");
        await viewer.PressAsync("p", "t", "t");
        await Expect(viewer.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await viewer.PressAsync("?");
        await Expect(viewer.Page.Locator("#keys")).ToBeVisibleAsync();

        _shop["7"].Open();
        await request.WithWatchdog();
        viewer.AssertQuiet();
    }

    [Fact]
    public async Task Tab_ReachesEveryControl()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        await Expect(viewer.Page.Locator("#failing + .none, .none")).Not.ToHaveCountAsync(0);
        var reached = new List<string>();
        for (string id = ""; id != "list";)
        {
            await viewer.PressAsync("Tab");
            id = await viewer.Page.EvaluateAsync<string>("document.activeElement.id");
            reached.Add(id);
            Assert.True(reached.Count < 40, string.Join(", ", reached));
        }

        Assert.Equal(
            ["pause", "theme", "help", "view-live", "view-history", "text", "state-filter", "kind-filter", "sort", "span", "list"],
            reached.Where(id => id.Length > 0));
    }

    [Fact]
    public async Task Themes_InEveryView_PassTheAccessibilityCheck()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        (await app.Client.GetAsync("/broken").WithWatchdog()).Dispose();
        (await app.Client.GetAsync("/late").WithWatchdog()).Dispose();
        Task<HttpResponseMessage>[] requests = [.. new[] { "/page/7", "/narrow", "/deaf" }.Select(path => app.Client.GetAsync(path))];
        await Expect(viewer.Row("the deaf one")).ToBeVisibleAsync();
        await Expect(viewer.Row("the second")).ToBeVisibleAsync();
        await viewer.PressAsync("?", "End");

        await viewer.AssertAccessibleAsync();
        await viewer.PressAsync("h");
        await Expect(viewer.Row("GET /broken")).ToBeVisibleAsync();
        await viewer.Row("the stock").ClickAsync();
        await viewer.AssertAccessibleAsync();

        Array.ForEach(["7", "narrow", "deaf"], name => _shop[name].Open());
        Array.ForEach(await Task.WhenAll(requests).WithWatchdog(), response => response.Dispose());
    }

    // What a deploy shows: the bar while requests hold the server, then the banner over the last state
    [Fact]
    public async Task Themes_WhenTheServerStops_PassTheAccessibilityCheck()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        Task receipt = app.Services.GetRequiredService<IBackgroundTaskGroup>().Run(ct => _shop["receipt"].WaitAsync(ct), "the receipt");
        Task<string> request = app.Client.GetStringAsync("/page/7");
        await Expect(viewer.Row("the price of 7")).ToBeVisibleAsync();

        Task stop = app.StopAsync();
        await Expect(viewer.Page.Locator("#drain-background")).ToContainTextAsync("1 child in 'background'");
        await viewer.AssertAccessibleAsync();
        _shop["7"].Open();
        await request.WithWatchdog();
        await Expect(viewer.Page.Locator("#state")).ToHaveTextAsync("stopped");
        await Expect(viewer.Page.Locator("#notice")).ToContainTextAsync("answers no more");
        await viewer.AssertAccessibleAsync();

        _shop["receipt"].Open();
        await Task.WhenAll(receipt, stop).WithWatchdog();
    }

    [Fact]
    public async Task Theme_FollowsTheSystemUntilItIsChosen_AndIsRemembered()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(app.Address, new() { ColorScheme = ColorScheme.Dark });
        ILocator body = viewer.Page.Locator("body");
        await Expect(body).ToHaveCSSAsync("background-color", "rgb(20, 23, 28)");

        await viewer.Page.Locator("#theme").ClickAsync();
        await Expect(viewer.Page.Locator("#theme")).ToHaveTextAsync("Theme: light");
        await Expect(body).ToHaveCSSAsync("background-color", "rgb(255, 255, 255)");
        await viewer.Page.ReloadAsync();

        await Expect(body).ToHaveCSSAsync("background-color", "rgb(255, 255, 255)");
    }

    [Fact]
    public async Task Phone_ShowsTheWholeTreeInItsWidth()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(_shop.Map);
        await using Viewer viewer = await chromium.OpenAsync(
            app.Address, new() { ViewportSize = new() { Width = 360, Height = 740 }, HasTouch = true, IsMobile = true });
        Task<string> request = app.Client.GetStringAsync("/page/7");
        ILocator row = viewer.Row("the price of 7");
        await row.ScrollIntoViewIfNeededAsync();

        foreach (string part in new[] { ".label", ".state", ".age", ".bar" })
        {
            await Expect(row.Locator(part)).ToBeInViewportAsync();
        }

        Assert.Equal(360, await viewer.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await row.TapAsync();
        await Expect(viewer.Detail.Locator("h2")).ToBeInViewportAsync();
        await viewer.Detail.GetByRole(AriaRole.Button, new() { Name = "Close" }).TapAsync();
        await Expect(viewer.Detail).ToBeHiddenAsync();
        await viewer.AssertAccessibleAsync();
        _shop["7"].Open();
        await request.WithWatchdog();
    }
}
