using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace TaskGroups.Browser.Tests;

/// <summary>A person in front of the live page, in a page of their own.</summary>
public sealed class Viewer : IAsyncDisposable
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    private readonly ConcurrentQueue<string> _complaints = [];
    private readonly Func<ValueTask> _leaveAsync;

    private Viewer(IPage page, Uri address, Func<ValueTask> leaveAsync)
    {
        _leaveAsync = leaveAsync;
        Page = page;
        Address = address;
        page.Console += OnConsole;
        page.PageError += OnPageError;
        page.Dialog += OnDialog;
        page.Request += OnRequest;
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

    /// <summary>Opens the live page of an application.</summary>
    /// <param name="page">Where.</param>
    /// <param name="address">The application.</param>
    /// <param name="leaveAsync">What becomes of the page afterwards.</param>
    public static async Task<Viewer> OpenAsync(IPage page, Uri address, Func<ValueTask> leaveAsync)
    {
        var viewer = new Viewer(page, new Uri(address, "/taskgroups"), leaveAsync);
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

    /// <summary>
    /// Requires that axe-core finds nothing to object to, in either theme. It brings a script of its own, past the page's policy.
    /// </summary>
    public async Task AssertAccessibleAsync()
    {
        await Page.EvaluateAsync(Axe);
        foreach (ColorScheme scheme in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            string[] violations = await Page.EvaluateAsync<string[]>(
                """
                async () => (await axe.run({ resultTypes: ['violations'] })).violations.map(
                  ({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 5).map(node => node.html).join(' | ')}`)
                """);
            Assert.True(violations.Length == 0, $"{scheme}: {string.Join('\n', violations)}");
        }
    }

    public ValueTask DisposeAsync()
    {
        Page.Console -= OnConsole;
        Page.PageError -= OnPageError;
        Page.Dialog -= OnDialog;
        Page.Request -= OnRequest;
        return _leaveAsync();
    }

    private void OnConsole(object? sender, IConsoleMessage message)
    {
        if (message.Type is "error" or "warning")
        {
            _complaints.Enqueue($"{message.Type}: {message.Text}");
        }
    }

    private void OnPageError(object? sender, string error) => _complaints.Enqueue(error);

    private void OnDialog(object? sender, IDialog dialog) => _complaints.Enqueue($"dialog: {dialog.Message}");

    private void OnRequest(object? sender, IRequest request) => Requests.Enqueue(request.Url);
}
