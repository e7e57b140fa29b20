namespace TaskGroups.Benchmarks;

/// <summary>Does what browsers with the live page do: each reads the stream of snapshots, and the history every two seconds.</summary>
internal sealed class PageViewers : IAsyncDisposable
{
    private static readonly TimeSpan HistoryEvery = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _leaving = new();
    private readonly HttpClient _client;
    private readonly List<Task> _work = [];

    private PageViewers(Uri address) => _client = new HttpClient { BaseAddress = new Uri(address, "/taskgroups/") };

    /// <summary>Opens the page so many times. Each viewer has had a snapshot when the task completes.</summary>
    public static async Task<PageViewers> OpenAsync(Uri address, int count)
    {
        var viewers = new PageViewers(address);
        for (int viewer = 0; viewer < count; viewer++)
        {
            Stream events = await viewers._client.GetStreamAsync("events", viewers._leaving.Token);
            await events.ReadExactlyAsync(new byte[1], viewers._leaving.Token);
            viewers._work.Add(viewers.ReadAsync(events));
            viewers._work.Add(viewers.PollHistoryAsync());
        }

        return viewers;
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        try
        {
            await Task.WhenAll(_work);
        }
        catch (OperationCanceledException)
        {
            // They have left.
        }

        _client.Dispose();
        _leaving.Dispose();
    }

    private async Task ReadAsync(Stream events)
    {
        await using (events)
        {
            await events.CopyToAsync(Stream.Null, _leaving.Token);
        }
    }

    private async Task PollHistoryAsync()
    {
        using var timer = new PeriodicTimer(HistoryEvery);
        do
        {
            await _client.GetByteArrayAsync("history", _leaving.Token);
        }
        while (await timer.WaitForNextTickAsync(_leaving.Token));
    }
}
