using static Microsoft.Playwright.Assertions;

namespace TaskGroups.Browser.Tests;

// T5, A15: names come from code and from requests; the page shows them as text.
public sealed class NameTests(Chromium chromium)
{
    private static readonly (string Name, string Shown)[] Names =
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("</script><script>alert(1)</script>", "</script><script>alert(1)</script>"),
        ("' onmouseover='alert(1)", "' onmouseover='alert(1)"),
        ("\" onmouseover=\"alert(2)", "alert(2)"), // what stands in quotation marks is not shown
        ("{{constructor.constructor('alert(1)')()}}", "{{constructor.constructor('alert(1)')()}}"),
        ("price \u202Egpj.exe\u2066 of\u200f", "price"),
        ("ثمن المنتج", "ثمن المنتج"),
        (new string('w', 10_000), new string('w', 100)),
    ];

    private readonly Gate _gate = new();

    [Fact]
    public async Task HostileNames_StayText()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(web =>
        {
            web.MapGet("/wait", (ITaskGroup tasks) => Array.ForEach(Names, each => tasks.Run(ct => _gate.WaitAsync(ct), each.Name)))
                .WithTaskGroup();
            web.MapGet("/fail/{number}", (int number, ITaskGroup tasks) =>
                tasks.Run(ct => throw new InvalidTimeZoneException(Names[number].Name), Names[number].Name)).WithTaskGroup();
        });
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        for (int number = 0; number < Names.Length; number++)
        {
            (await app.Client.GetAsync($"/fail/{number}").WithWatchdog()).Dispose();
        }

        Task<HttpResponseMessage> request = app.Client.GetAsync("/wait");

        foreach ((_, string shown) in Names)
        {
            await viewer.Row(shown).HoverAsync();
            await viewer.Row(shown).ClickAsync();
            await Expect(viewer.Detail.Locator("h2")).ToContainTextAsync(shown);
            await AssertInertAsync(viewer);
        }

        await viewer.Page.Locator("#view-history").ClickAsync();
        foreach ((_, string shown) in Names)
        {
            await viewer.Row(shown).ClickAsync();
            await Expect(viewer.Detail.Locator("h2")).ToContainTextAsync(shown);
            await AssertInertAsync(viewer);
        }

        _gate.Open();
        (await request.WithWatchdog()).Dispose();
    }

    // The default name, the text of a lambda: whoever has it from the log finds it on the page, in every sentence
    [Fact]
    public async Task DefaultName_IsTheSameEverywhereOnThePage()
    {
        Warehouse stock = new(_gate);
        await using WatchedApp app = await WatchedApp.StartAsync(web =>
        {
            web.MapGet("/wait", (ITaskGroup tasks) => tasks.Run(async ct => await stock.CountAsync(7, ct))).WithTaskGroup();
            web.MapGet("/fail", async (ITaskGroup tasks) =>
            {
                tasks.Run(ct => stock.CountAsync(8, ct));
                await tasks.Run(ct => stock.LoseAsync(9, ct));
            }).WithTaskGroup();
        });
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        (await app.Client.GetAsync("/fail").WithWatchdog()).Dispose();
        Task<HttpResponseMessage> request = app.Client.GetAsync("/wait");

        await Expect(viewer.Row("await stock.CountAsync(7, ct)")).ToBeVisibleAsync();
        await Expect(viewer.Running.Locator(".what").First).ToHaveTextAsync("await stock.CountAsync(7, ct)");
        await Expect(viewer.Failing.Locator(".where").First)
            .ToHaveTextAsync("stock.LoseAsync(9, ct): InvalidTimeZoneException, canceled stock.CountAsync(8, ct)");
        await viewer.Failing.Locator("button").First.ClickAsync();
        await Expect(viewer.Row("GET /fail").Locator(".note")).ToContainTextAsync("stock.LoseAsync(9, ct) failed");
        await Expect(viewer.Detail.Locator(".why")).ToHaveTextAsync(
            "'stock.LoseAsync(9, ct)' failed with System.InvalidTimeZoneException, which canceled stock.CountAsync(8, ct).");

        _gate.Open();
        (await request.WithWatchdog()).Dispose();
    }

    private static async Task AssertInertAsync(Viewer viewer)
    {
        await Expect(viewer.Page.Locator("body :is(img, script, iframe, [onerror], [onmouseover])")).ToHaveCountAsync(0);
        Assert.DoesNotMatch("[\u202A-\u202E\u2066-\u2069\u200E\u200F]", await viewer.Page.Locator("body").TextContentAsync() ?? "");
        Assert.Equal(1280, await viewer.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        viewer.AssertQuiet();
    }

    private sealed class Warehouse(Gate gate)
    {
        private int _lost;

        public Task CountAsync(int id, CancellationToken cancellationToken) => gate.WaitAsync(cancellationToken);

        public async Task LoseAsync(int id, CancellationToken cancellationToken)
        {
            await Task.Yield();
            _lost++;
            throw new InvalidTimeZoneException($"{id} is lost, {_lost} in all");
        }
    }
}
