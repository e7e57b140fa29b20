using System.Globalization;
using static Microsoft.Playwright.Assertions;

namespace TaskGroups.Browser.Tests;

// T12: a large tree costs the browser what a small one does.
public sealed class ManyChildrenTests(Chromium chromium, ITestOutputHelper output)
{
    private const int Children = 10_000;
    private const int MostRows = 100;
    private const int Frames = 30;

    private readonly Gate _gate = new();

    [Fact]
    public async Task TenThousandChildren_StayResponsive()
    {
        await using WatchedApp app = await WatchedApp.StartAsync(
            web => web.MapGet("/many", (ITaskGroup tasks) =>
            {
                for (int child = 0; child < Children; child++)
                {
                    tasks.Run(ct => _gate.WaitAsync(ct), string.Create(CultureInfo.InvariantCulture, $"child {child}"));
                }
            }).WithTaskGroup(TimeSpan.FromMinutes(5)),
            page: options => options.RefreshInterval = TimeSpan.FromSeconds(1));
        await using Viewer viewer = await chromium.OpenAsync(app.Address, new());
        Task<HttpResponseMessage> request = app.Client.GetAsync("/many");
        await Expect(viewer.Page.Locator("#totals")).ToContainTextAsync("10,000 children running");

        double[] still = await MeasureAsync(viewer, scrolls: false);
        double[] scrolling = await MeasureAsync(viewer, scrolls: true);
        await viewer.List.FocusAsync();
        await viewer.PressAsync("End");
        await Expect(viewer.Row("background")).ToBeVisibleAsync();
        await viewer.PressAsync("ArrowUp");
        await Expect(viewer.Row($"child {Children - 1}")).ToHaveAttributeAsync("aria-selected", "true");
        await viewer.Page.Locator("#text").FillAsync("child 4242");
        await Expect(viewer.Page.Locator("#list .row.child")).ToHaveCountAsync(1);

        output.WriteLine($"frames while it stands: {Describe(still)}");
        output.WriteLine($"frames while it scrolls: {Describe(scrolling)}");
        viewer.AssertQuiet();
        _gate.Open();
        (await request.WithWatchdog()).Dispose();
    }

    /// <summary>Measures the time between frames, and requires that the number of rows in the document stays small.</summary>
    private static async Task<double[]> MeasureAsync(Viewer viewer, bool scrolls)
    {
        double[] measured = await viewer.Page.EvaluateAsync<double[]>(
            """
            ([frames, scrolls]) => new Promise(resolve => {
              const list = document.getElementById('list');
              const times = [];
              let rows = 0;
              let last = performance.now();
              requestAnimationFrame(function next(at) {
                times.push(at - last);
                last = at;
                rows = Math.max(rows, document.querySelectorAll('#list .row').length);
                if (scrolls) {
                  list.scrollTop += 6000;
                }
                if (times.length < frames) {
                  requestAnimationFrame(next);
                } else {
                  resolve([rows, ...times]);
                }
              });
            })
            """,
            new object[] { Frames, scrolls });
        Assert.InRange(measured[0], 10, MostRows);
        return measured[1..];
    }

    private static string Describe(double[] frames)
    {
        double[] sorted = [.. frames.Order()];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"median {sorted[sorted.Length / 2]:0} ms, 95th percentile {sorted[sorted.Length * 95 / 100]:0} ms, longest {sorted[^1]:0} ms");
    }
}
