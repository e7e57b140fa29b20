using System.Collections.Concurrent;
using System.Globalization;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace TaskGroups.Browser.Tests;

/// <summary>A person in front of the live page, in a browser of their own.</summary>
public sealed class Viewer : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _complaints = [];
    private readonly IBrowserContext _context;

    private Viewer(IBrowserContext context, IPage page, Uri address)
    {
        _context = context;
        Page = page;
        Address = address;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Enqueue($"{message.Type}: {message.Text}");
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Dialog += (_, dialog) => _complaints.Enqueue($"dialog: {dialog.Message}");
        page.Request += (_, request) => Requests.Enqueue(request.Url);
    }

    public IPage Page { get; }

    public Uri Address { get; }

    /// <summary>The addresses that the page has asked for.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public ILocator List => Page.Locator("#list");

    public ILocator Detail => Page.Locator("#detail");

    /// <summary>What the page shows of the longest running work.</summary>
    public ILocator Running => Page.Locator("#running");

    /// <summary>What the page shows of the last failures.</summary>
    public ILocator Failing => Page.Locator("#failing");

    public IResponse Response { get; private set; } = null!;

    public static async Task<Viewer> OpenAsync(IBrowserContext context, Uri address)
    {
        var viewer = new Viewer(context, await context.NewPageAsync(), new Uri(address, "/taskgroups"));
        viewer.Response = (await viewer.Page.GotoAsync(viewer.Address.AbsoluteUri))!;
        await Expect(viewer.Page.Locator("#state")).Not.ToHaveTextAsync("connecting");
        return viewer;
    }

    /// <summary>The row of a group or child, found by what its name contains.</summary>
    public ILocator Row(string name) =>
        Page.Locator("#list .row").Filter(new() { Has = Page.Locator(".name").Filter(new() { HasText = name }) });

    public Task PressAsync(params string[] keys) => keys.Aggregate(
        Task.CompletedTask,
        async (before, key) =>
        {
            await before;
            await Page.Keyboard.PressAsync(key);
        });

    /// <summary>How wide the bar of a row is, in pixels.</summary>
    public async Task<double> BarWidthAsync(string name) => (await Row(name).Locator(".bar").BoundingBoxAsync())!.Width;

    /// <summary>Waits until a script of the page returns true.</summary>
    public Task UntilAsync(string script, object? argument = null) => Page.WaitForFunctionAsync(script, argument);

    /// <summary>Requires that the browser has nothing to complain about: no script error, no violated policy, no dialog.</summary>
    public void AssertQuiet() => Assert.Empty(_complaints);

    /// <summary>Requires that axe-core finds nothing to object to. It brings a script of its own, past the page's policy.</summary>
    public async Task AssertAccessibleAsync()
    {
        var result = await Page.RunAxe();
        Assert.True(
            result.Violations.Length == 0,
            string.Join('\n', result.Violations.Select(violation => string.Create(
                CultureInfo.InvariantCulture,
                $"{violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Take(5).Select(node => node.Html))}"))));
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
