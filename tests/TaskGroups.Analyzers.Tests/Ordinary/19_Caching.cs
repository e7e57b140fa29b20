using Microsoft.Extensions.Caching.Memory;
using System.Collections.Concurrent;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

public sealed class ProfileService(IMemoryCache cache, HttpClient http, ITaskGroup tasks, IBackgroundTaskGroup background)
{
    private readonly ConcurrentDictionary<int, Task<string>> _running = new();

    public async Task<string> GetAsync(int id) =>
        await cache.GetOrCreateAsync(id, async entry =>
        {
            entry.AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(1);
            return await tasks.RunOrDefault(ct => http.GetStringAsync($"/profiles/{id}", ct), fallback: "");
        }) ?? "";

    public Task<string> SharedAsync(int id) =>
        _running.GetOrAdd(id, key => background.Run(async ct =>
        {
            try
            {
                return await http.GetStringAsync($"/profiles/{key}", ct);
            }
            finally
            {
                _running.TryRemove(key, out _);
            }
        }));

    public async Task<string> FreshestAsync(int id)
    {
        Task<string> stored = tasks.Run(ct => http.GetStringAsync($"/stored/{id}", ct));
        Task<string> live = tasks.Run(ct => http.GetStringAsync($"/live/{id}", ct));
        await Task.WhenAny(live, Task.Delay(TimeSpan.FromMilliseconds(50)));
        return live.IsCompletedSuccessfully ? live.Result : await stored;
    }
}
