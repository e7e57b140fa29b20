using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace TaskGroups.Browser.Tests;

/// <summary>
/// Takes the pictures of the README from the sample. <c>TASKGROUPS_SCREENSHOTS=1</c> writes all of them to docs/images; otherwise those of
/// one theme are taken, and lie beside the tests.
/// </summary>
public sealed class ScreenshotTests(Chromium chromium)
{
    private const int MostBytes = 200 * 1024;

    [Fact]
    public async Task BusyShop_IsPictured()
    {
        await using SampleShop shop = await SampleShop.OpenAsync();
        await shop.AskAsync("/products/3");
        await shop.AskAsync("/quotes/4");
        await shop.AskAsync("/products?ids=1,2,3");
        shop.Begin("/products/7?slow=stock:60000"); // the call that is stuck
        await shop.AskAsync("/products/9?break=stock&slow=stock:400,prices:5000,reviews:3000");
        await shop.AskAsync("/orders/5000");
        await shop.OrderAsync(11);
        await shop.OrderAsync(12);
        shop.Begin("/products?ids=1,2,3,4,5&slow=prices:4500");
        await shop.AskAsync("/products/8?slow=prices:900");
        shop.Begin("/quotes/2?slow=carrier-a:9000,carrier-b:9000");
        shop.Begin("/products/21?slow=prices:9000,reviews:8000");
        await shop.AskAsync("/products/5?slow=prices:700");
        shop.Begin("/products/22?slow=reviews:9000");

        foreach (ColorScheme scheme in AreForTheDocs ? [ColorScheme.Light, ColorScheme.Dark] : new[] { ColorScheme.Dark })
        {
            await using Viewer viewer = await chromium.OpenAsync(
                shop.Address,
                new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = 1180, Height = 680 } });
            await Expect(viewer.Failing).ToContainTextAsync("canceled prices.GetAsync(id, ct) and reviews.GetAsync(id, ct)");
            await Expect(viewer.Running.Locator("button").First).ToContainTextAsync("stocks.GetAsync");
            await PictureAsync(viewer, $"live-{Name(scheme)}.png");
            await viewer.Failing.Locator("button").First.ClickAsync();
            await viewer.Row("prices.GetAsync").First.ClickAsync();
            await Expect(viewer.Detail.Locator(".why")).ToContainTextAsync("SampleApi.UpstreamException");
            await viewer.Page.Mouse.MoveAsync(0, 0);
            await PictureAsync(viewer, $"failure-{Name(scheme)}.png");
            viewer.AssertQuiet();
        }
    }

    private static bool AreForTheDocs => Environment.GetEnvironmentVariable("TASKGROUPS_SCREENSHOTS") == "1";

    private static string Name(ColorScheme scheme) => scheme == ColorScheme.Dark ? "dark" : "light";

    private static async Task PictureAsync(Viewer viewer, string file)
    {
        string folder = AreForTheDocs
            ? Path.Combine(RepositoryRoot(), "docs", "images")
            : Path.Combine(AppContext.BaseDirectory, "images");
        byte[] picture = await viewer.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, file) });
        Assert.InRange(picture.Length, 10_000, MostBytes);
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Web.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("There is no Web.sln above the tests.");
    }
}
