using TaskGroups;

namespace Ordinary;

public static class Crawler
{
    public static async Task<int> Main(string[] args)
    {
        using CancellationTokenSource stop = new();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        using HttpClient http = new();
        Dictionary<string, int> sizes = [];
        await TaskGroup.RunAsync(async tasks =>
        {
            Console.CancelKeyPress += (_, _) => tasks.Stop();
            foreach (string url in args)
            {
                tasks.Run(async ct =>
                {
                    string page = await http.GetStringAsync(url, ct);
                    lock (sizes)
                    {
                        sizes[url] = page.Length;
                    }
                }, name: url);
            }

            await tasks.RunGroupAsync(async nested =>
            {
                Task<string> robots = nested.Run(ct => http.GetStringAsync("/robots.txt", ct));
                Task<string> map = nested.Run(ct => http.GetStringAsync("/sitemap.xml", ct));
                Console.WriteLine((await robots).Length + (await map).Length);
            }, new TaskGroupOptions { MaxConcurrency = 2, Timeout = TimeSpan.FromSeconds(5) });
        }, new TaskGroupOptions { MaxConcurrency = 8 }, stop.Token);
        return sizes.Count;
    }
}
