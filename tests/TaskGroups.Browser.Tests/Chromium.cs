using System.Collections.Concurrent;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(TaskGroups.Browser.Tests.Chromium))]

namespace TaskGroups.Browser.Tests;

/// <summary>
/// One headless Chromium for all tests. Each page has a profile of its own; an ordinary page is used again by the next test, for to start
/// one costs more than most tests do with it.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Paths =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];

    private readonly ConcurrentBag<IPage> _ordinary = [];
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        string? path = Environment.GetEnvironmentVariable("TASKGROUPS_TEST_CHROMIUM") ?? Paths.FirstOrDefault(File.Exists);
        if (!File.Exists(path))
        {
            throw new InvalidOperationException(
                "The tests of the live page need Chromium, and it is not there. Install it (Debian: apt-get install -y chromium), or name "
                + "its executable in TASKGROUPS_TEST_CHROMIUM.");
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--no-sandbox"] });
        Assertions.SetDefaultExpectTimeout((float)WatchdogExtensions.Limit.TotalMilliseconds);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens the live page of an application in an ordinary page, in which little moves.</summary>
    public async Task<Viewer> OpenAsync(Uri address)
    {
        IPage page = _ordinary.TryTake(out IPage? used) ? used : await CreateAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        return await Viewer.OpenAsync(page, address, async () =>
        {
            await page.EvaluateAsync("localStorage.clear()");
            await page.GotoAsync("about:blank");
            _ordinary.Add(page);
        });
    }

    /// <summary>Opens the live page of an application in a page that only this test has.</summary>
    public async Task<Viewer> OpenAsync(Uri address, BrowserNewContextOptions options)
    {
        IPage page = await CreateAsync(options);
        return await Viewer.OpenAsync(page, address, () => page.Context.DisposeAsync());
    }

    private async Task<IPage> CreateAsync(BrowserNewContextOptions options)
    {
        options.ViewportSize ??= new() { Width = 1280, Height = 800 };
        IBrowserContext context = await _browser!.NewContextAsync(options);
        context.SetDefaultTimeout((float)WatchdogExtensions.Limit.TotalMilliseconds);
        return await context.NewPageAsync();
    }
}
