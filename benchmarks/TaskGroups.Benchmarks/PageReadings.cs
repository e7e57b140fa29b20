using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;

namespace TaskGroups.Benchmarks;

/// <summary>What requests pay while the live page is open, at the highest load that the server sustains.</summary>
internal static class PageReadings
{
    private const int RequestsPerSample = 1_500 * HttpServer.Clients;
    private const int Viewers = 3;
    private const int FanOut = 10;

    public static async IAsyncEnumerable<Reading> MeasureAsync(Rounds rounds)
    {
        foreach (int background in new[] { 0, 1_000 })
        {
            await using HttpServer server = await HttpServer.StartAsync(hasGroups: true, app =>
            {
                app.MapTaskGroups().AllowAnonymous();
                app.MapGet("/", AnswerAsync).WithTaskGroup();
                var group = app.Services.GetRequiredService<IBackgroundTaskGroup>();
                for (int child = 0; child < background; child++)
                {
                    group.Run(static ct => Task.Delay(Timeout.Infinite, ct), "waits");
                }
            });
            string tree = background == 0 ? "" : $" and {background:N0} other children alive";
            yield return new(
                $"HTTP, fan-out of 10, live page with {Viewers} viewers{tree}: requests per second against none",
                await CompareAsync(rounds.Count, server),
                0.95,
                1,
                MoreIsBetter: true);
        }
    }

    private static async Task<string> AnswerAsync(ITaskGroup tasks)
    {
        Task<string> first = tasks.Run(static _ => OkAsync());
        for (int child = 1; child < FanOut; child++)
        {
            tasks.Run(static _ => OkAsync());
        }

        return await first;
    }

    private static async Task<string> OkAsync()
    {
        await Task.Yield();
        return "ok";
    }

    private static async Task<Spread> CompareAsync(int rounds, HttpServer server)
    {
        long warmUp = Stopwatch.GetTimestamp();
        do
        {
            Take(server);
        }
        while (Stopwatch.GetElapsedTime(warmUp) < Rounds.Settling);

        var ratios = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            double alone = Take(server);
            double watched;
            await using (await PageViewers.OpenAsync(server.Address, Viewers))
            {
                watched = Take(server);
            }

            ratios.Add(alone / watched);
        }

        return Spread.Of(ratios);
    }

    private static double Take(HttpServer server)
    {
        server.Send(25 * HttpServer.Clients, HttpServer.Clients);
        long start = Stopwatch.GetTimestamp();
        server.Send(RequestsPerSample, HttpServer.Clients);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
