using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

// Code that has not met groups yet: careless, and none of the rules' business.
public sealed class Legacy(HttpClient http, ILogger<Legacy> logger)
{
    public event EventHandler<string>? Changed;

    public void Notify(string text)
    {
        _ = Task.Run(async () =>
        {
            try
            {
                await http.PostAsync("/notify", new StringContent(text));
            }
            catch (Exception e)
            {
                logger.LogError(e, "Not notified");
            }
        });
        Changed?.Invoke(this, text);
    }

    public string Fetch() => http.GetStringAsync("/").Result;

    public async void OnChanged(object? sender, string text) => await http.PostAsync("/changed", new StringContent(text));

    public Task<Task<HttpResponseMessage>> StartAsync() => Task.Factory.StartNew(async () => await http.GetAsync("/"));

    public async Task<string> FirstAsync() =>
        await await Task.WhenAny(http.GetStringAsync("/a"), http.GetStringAsync("/b"));

    public async Task<int> SafeAsync()
    {
        try
        {
            return (await http.GetStringAsync("/count")).Length;
        }
        catch (Exception)
        {
            return 0;
        }
    }

    // Nor is a type of this name with a method of that name.
    public void Own(JobRunner runner) => runner.Run(token => http.GetAsync("/"));
}

public sealed class JobRunner
{
    public Task Run(Func<CancellationToken, Task> work) => work(CancellationToken.None);
}
