using Polly;
using Polly.Retry;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

public sealed class RatesClient(HttpClient http)
{
    private static readonly ResiliencePipeline Retry = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 3, Delay = TimeSpan.FromMilliseconds(50) })
        .AddTimeout(TimeSpan.FromSeconds(1))
        .Build();

    public async Task<string> GetAsync(string currency, CancellationToken cancellationToken) =>
        await Retry.ExecuteAsync(async token => await http.GetStringAsync($"/rates/{currency}", token), cancellationToken);

    public async Task<string[]> GetAllAsync(ITaskGroup tasks, string[] currencies)
    {
        Task<string>[] all = [.. currencies.Select(currency =>
            tasks.Run(Retry, ct => http.GetStringAsync($"/rates/{currency}", ct), name: currency))];
        return await Task.WhenAll(all);
    }

    public async Task<string?> GetOrNullAsync(ITaskGroup tasks, string currency) =>
        await tasks.Run(async ct =>
        {
            try
            {
                return await Retry.ExecuteAsync(async token => await http.GetStringAsync($"/rates/{currency}", token), ct);
            }
            catch (HttpRequestException)
            {
                return null;
            }
        });
}
