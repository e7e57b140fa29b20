using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

public sealed class CacheRefresher : IHostedService, IDisposable
{
    private readonly IBackgroundTaskGroup _background;
    private readonly HttpClient _http;
    private Timer? _timer;

    public CacheRefresher(IBackgroundTaskGroup background, IHttpClientFactory clients) =>
        (_background, _http) = (background, clients.CreateClient("rates"));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = new Timer(_ => _background.TryRun(RefreshAsync), null, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Change(Timeout.Infinite, 0);
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _http.GetAsync("/rates", cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}

public static class LimitedByTimer
{
    public static async Task<string> FetchAsync(ITaskGroup tasks, HttpClient http, TimeProvider clock)
    {
        await using ITimer limit = clock.CreateTimer(_ => tasks.Cancel(), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        return await tasks.Run(ct => http.GetStringAsync("/", ct));
    }
}
