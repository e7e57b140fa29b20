using System.Diagnostics;

namespace TaskGroups.Browser.Tests;

/// <summary>The sample as a process of its own, in a folder of its own, and clients that keep it busy.</summary>
internal sealed class SampleShop : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-browser-");
    private readonly TaskCompletionSource<Uri> _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly Process _process;
    private readonly List<Task> _requests = [];
    private readonly HttpClient _client = new();

    private SampleShop()
    {
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "sample-api.dll"), "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development"; // the page is open
        start.Environment["TaskGroups__Requests__Policies__page__Timeout"] = "00:00:30";
        start.Environment["Receipts__DelayMs"] = "60000";
        // Code that is optimized after some calls gives a process of a few seconds nothing back.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _listens.TrySetException(new InvalidOperationException("The sample has ended before it listened."));
    }

    public Uri Address { get; private set; } = null!;

    public static async Task<SampleShop> OpenAsync()
    {
        var shop = new SampleShop();
        shop._process.Start();
        shop._process.BeginOutputReadLine();
        try
        {
            shop.Address = await shop._listens.Task.WithWatchdog();
        }
        catch
        {
            await shop.DisposeAsync(); // a process that does not listen would stay
            throw;
        }

        shop._client.BaseAddress = shop.Address;
        return shop;
    }

    /// <summary>Sends a request and waits for its answer, whatever that is.</summary>
    public async Task AskAsync(string path) => (await _client.GetAsync(new Uri(path, UriKind.Relative)).WithWatchdog()).Dispose();

    /// <summary>Sends a request that nothing waits for; it is given up when the shop closes.</summary>
    public void Begin(string path) => _requests.Add(_client.GetAsync(new Uri(path, UriKind.Relative), _closing.Token));

    /// <summary>Places an order; its receipt takes long.</summary>
    public async Task OrderAsync(int product)
    {
        using var order = new StringContent($$"""{"productId":{{product}},"quantity":1}""", null, "application/json");
        (await _client.PostAsync(new Uri("/orders", UriKind.Relative), order).WithWatchdog()).EnsureSuccessStatusCode().Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await Task.WhenAll(_requests).ContinueWith(_ => { }, TaskScheduler.Default); // they are canceled, or had their answer
        _process.Kill();
        await _process.WaitForExitAsync().WithWatchdog();
        _process.Dispose();
        _client.Dispose();
        _closing.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Read(string? line)
    {
        const string Listening = "Now listening on: ";
        if (line is not null && line.IndexOf(Listening, StringComparison.Ordinal) is var at and >= 0)
        {
            _listens.TrySetResult(new Uri(line[(at + Listening.Length)..].Trim()));
        }
    }
}
