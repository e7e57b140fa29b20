using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using TaskGroups.AspNetCore;

namespace TaskGroups.Benchmarks;

/// <summary>What a request pays: when groups are registered and not used, for one child, and for a fan-out of ten.</summary>
internal static class HttpReadings
{
    private const int RequestsPerSample = 500 * HttpServer.Clients;
    private const int FanOut = 10;

    public static async IAsyncEnumerable<Reading> MeasureAsync(Rounds rounds)
    {
        await using HttpServer plain = await HttpServer.StartAsync(hasGroups: false, app => app.MapGet("/", () => "ok"));
        await using HttpServer unused = await HttpServer.StartAsync(hasGroups: true, app => app.MapGet("/", () => "ok"));
        Spread idle = Compare(rounds.Count, unused, plain, clients: 1).MoreBytes;
        yield return new("HTTP, registered and unused: bytes per request over plain", idle, 160, 0, "0", " B");
        Spread throughput = Compare(rounds.Count, unused, plain).Throughput;
        yield return new("HTTP, registered and unused: requests per second against plain", throughput, null, null);

        foreach ((string child, Func<Task<string>> work) in new (string, Func<Task<string>>)[] {
            ("one child", OkAsync),
            ("one child that ends at once", OkAtOnce) })
        {
            await using HttpServer one = await HttpServer.StartAsync(hasGroups: false, app => app.MapGet("/", async () => await work()));
            await using HttpServer byFeature = await HttpServer.StartAsync(hasGroups: true, app => app
                .MapGet("/", (Delegate)(async (HttpContext context) =>
                    await context.Features.Get<ITaskGroupFeature>()!.Group.Run(static (work, _) => work(), work))));
            await using HttpServer byInjection = await HttpServer.StartAsync(
                hasGroups: true,
                app => app.MapGet("/", async (ITaskGroup tasks) =>
                    await tasks.Run(static (work, _) => work(), work)));
            yield return new(
                $"HTTP, {child} by feature: bytes over plain",
                Compare(rounds.Count, byFeature, one, clients: 1).MoreBytes,
                null,
                null,
                "0",
                " B");
            yield return new(
                $"HTTP, {child} by injection: bytes over plain",
                Compare(rounds.Count, byInjection, one, clients: 1).MoreBytes,
                900,
                500,
                "0",
                " B");
        }

        await using HttpServer whenAll = await HttpServer.StartAsync(hasGroups: false, app => app.MapGet("/", WhenAllAsync));
        await using HttpServer correct = await HttpServer.StartAsync(hasGroups: false, app => app.MapGet("/", CorrectAsync));
        await using HttpServer group = await HttpServer.StartAsync(hasGroups: true, app => app.MapGet("/", GroupAsync).WithTaskGroup());
        Comparison againstWhenAll = Compare(rounds.Count, group, whenAll);
        Comparison againstCorrect = Compare(rounds.Count, group, correct);
        yield return new("HTTP, fan-out of 10 with WithTaskGroup: bytes against WhenAll", againstWhenAll.Bytes, 1.45, 1.2);
        yield return new("HTTP, fan-out of 10 with WithTaskGroup: bytes against the careful version", againstCorrect.Bytes, 0.85, 0.7);
        yield return new("HTTP, fan-out of 10 with WithTaskGroup: CPU time against WhenAll", againstWhenAll.Cpu, null, null);
        yield return new("HTTP, fan-out of 10 with WithTaskGroup: CPU time against the careful version", againstCorrect.Cpu, 1.25, 1);
    }

    private static readonly Task<string> Ok = Task.FromResult("ok");

    private static Task<string> OkAtOnce() => Ok;

    private static async Task<string> OkAsync()
    {
        await Task.Yield();
        return "ok";
    }

    private static async Task<string> WhenAllAsync(ScopedService _)
    {
        var tasks = new Task<string>[FanOut];
        for (int child = 0; child < FanOut; child++)
        {
            tasks[child] = OkAsync();
        }

        await Task.WhenAll(tasks);
        return await tasks[0];
    }

    private static async Task<string> CorrectAsync(ScopedService _, CancellationToken requestAborted)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(requestAborted);
        var tasks = new Task<string>[FanOut];
        for (int child = 0; child < FanOut; child++)
        {
            tasks[child] = GuardAsync(source);
        }

        await Task.WhenAll(tasks);
        return await tasks[0];

        static async Task<string> GuardAsync(CancellationTokenSource source)
        {
            try
            {
                return await OkAsync();
            }
            catch
            {
                await source.CancelAsync();
                throw;
            }
        }
    }

    private static async Task<string> GroupAsync(ITaskGroup tasks, ScopedService _)
    {
        Task<string> first = tasks.Run(static ct => OkAsync());
        for (int child = 1; child < FanOut; child++)
        {
            tasks.Run(static ct => OkAsync());
        }

        return await first;
    }

    // With one client, bytes are as good as exact; but most of the time goes into waking threads then, and how long those spin before they
    // sleep decides
    // about CPU time.
    private static Comparison Compare(int rounds, HttpServer ours, HttpServer theirs, int clients = HttpServer.Clients)
    {
        long warmUp = Stopwatch.GetTimestamp();
        do
        {
            Take(ours, clients);
            Take(theirs, clients);
        }
        while (Stopwatch.GetElapsedTime(warmUp) < Rounds.Settling);

        var samples = new List<(Sample Ours, Sample Theirs)>();
        for (int round = 0; round < rounds; round++)
        {
            samples.Add((Take(ours, clients), Take(theirs, clients)));
        }

        return new Comparison(
            Spread.Of(samples.Select(it => Math.Round(it.Ours.Bytes - it.Theirs.Bytes))), // the server's own threads add a fraction
            Spread.Of(samples.Select(it => it.Ours.Bytes / it.Theirs.Bytes)),
            Spread.Of(samples.Select(it => it.Theirs.Seconds / it.Ours.Seconds)),
            Spread.Of(samples.Select(it => it.Ours.Cpu / it.Theirs.Cpu)));
    }

    private static Sample Take(HttpServer server, int clients)
    {
        server.Send(25 * HttpServer.Clients, clients); // the threads and the connections wake up
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        using var process = Process.GetCurrentProcess();
        TimeSpan cpu = process.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        server.Send(RequestsPerSample, clients);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.Refresh();
        return new Sample(
            (double)(GC.GetTotalAllocatedBytes(precise: true) - bytes) / RequestsPerSample,
            seconds,
            (process.TotalProcessorTime - cpu).TotalSeconds);
    }

    private readonly record struct Sample(double Bytes, double Seconds, double Cpu);

    private readonly record struct Comparison(Spread MoreBytes, Spread Bytes, Spread Throughput, Spread Cpu);
}
