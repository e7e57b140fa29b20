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
            string metric = $"HTTP, fan-out of 10, live page with {Viewers} viewers{tree}";
            (Spread throughput, Spread cpu) = await CompareAsync(rounds.Count, server);
            yield return new($"{metric}: requests per second against none", throughput, 0.95, 1, MoreIsBetter: true);
            yield return new($"{metric}: CPU time against none", cpu, 1.05, 1);
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

    // The clients and the viewers are in the same process: their CPU time counts against the page as well.
    private static async Task<(Spread Throughput, Spread Cpu)> CompareAsync(int rounds, HttpServer server)
    {
        long warmUp = Stopwatch.GetTimestamp();
        do
        {
            Take(server);
            await TakeWatchedAsync(server);
        }
        while (Stopwatch.GetElapsedTime(warmUp) < Rounds.Settling);

        var samples = new List<(Sample Alone, Sample Watched)>();
        for (int round = 0; round < rounds; round++)
        {
            // Each of the two comes first in every other round: what drifts favors neither.
            Sample? first = round % 2 == 0 ? Take(server) : null;
            Sample watched = await TakeWatchedAsync(server);
            samples.Add((first ?? Take(server), watched));
        }

        return (
            Spread.Of(samples.Select(it => it.Alone.Seconds / it.Watched.Seconds)),
            Spread.Of(samples.Select(it => it.Watched.Cpu / it.Alone.Cpu)));
    }

    private static async Task<Sample> TakeWatchedAsync(HttpServer server)
    {
        await using (await PageViewers.OpenAsync(server.Address, Viewers))
        {
            return Take(server);
        }
    }

    private static Sample Take(HttpServer server)
    {
        server.Send(25 * HttpServer.Clients, HttpServer.Clients);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        server.Send(RequestsPerSample, HttpServer.Clients);
        return new Sample(Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }

    private readonly record struct Sample(double Seconds, double Cpu);
}
