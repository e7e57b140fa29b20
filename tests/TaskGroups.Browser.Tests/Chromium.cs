using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(TaskGroups.Browser.Tests.Chromium))]

namespace TaskGroups.Browser.Tests;

/// <summary>One headless Chromium for all tests; each page has a profile of its own.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Paths =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];

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

    /// <summary>Opens the live page of an application.</summary>
    public async Task<Viewer> OpenAsync(Uri address, BrowserNewContextOptions? options = null)
    {
        IBrowserContext context = await _browser!.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 1280, Height = 800 } });
        context.SetDefaultTimeout((float)WatchdogExtensions.Limit.TotalMilliseconds);
        return await Viewer.OpenAsync(context, address);
    }
}
