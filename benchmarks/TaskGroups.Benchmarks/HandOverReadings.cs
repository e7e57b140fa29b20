using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskGroups.Hosting;

namespace TaskGroups.Benchmarks;

/// <summary>Jobs that requests hand over: to the background group, and to a channel whose reader is a hosted service.</summary>
internal static class HandOverReadings
{
    private const int JobsPerRequest = 100; // so that the jobs weigh more than the requests
    private const int RequestsPerSample = 160 * HttpServer.Clients; // below half a second the pool's choice of threads decides

    public static async IAsyncEnumerable<Reading> MeasureAsync(Rounds rounds)
    {
        await using HttpServer group = await HttpServer.StartAsync(
            hasGroups: true,
            app => app.MapGet("/", (IBackgroundTaskGroup background) =>
            {
                for (int job = 0; job < JobsPerRequest; job++)
                {
                    background.TryRun(static ct => Job.RunAsync(ct), "job");
                }

                return "ok";
            }));
        await using HttpServer channel = await HttpServer.StartAsync(
            hasGroups: false,
            app => app.MapGet("/", (ChannelWriter<Func<CancellationToken, Task>> queue) =>
            {
                for (int job = 0; job < JobsPerRequest; job++)
                {
                    queue.TryWrite(static ct => Job.RunAsync(ct));
                }

                return "ok";
            }),
            services =>
            {
                var queue = Channel.CreateUnbounded<Func<CancellationToken, Task>>(new UnboundedChannelOptions { SingleReader = true });
                services.AddSingleton(queue.Writer).AddSingleton(queue.Reader).AddHostedService<Reader>();
            });

        await using HttpServer floor = await HttpServer.StartAsync(
            hasGroups: false,
            app => app.MapGet("/", () =>
            {
                for (int job = 0; job < JobsPerRequest; job++)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(static _ => _ = Job.RunAsync(CancellationToken.None), null);
                }

                return "ok";
            }));

        List<double> ratios = [];
        List<double> floors = [];
        long warmUp = Stopwatch.GetTimestamp();
        do
        {
            Take(group);
            Take(channel);
            Take(floor);
        }
        while (Stopwatch.GetElapsedTime(warmUp) < Rounds.Settling);

        for (int round = 0; round < rounds.Count; round++)
        {
            double byChannel = Take(channel);
            ratios.Add(byChannel / Take(group));
            floors.Add(byChannel / Take(floor));
        }

        yield return new(
            "hand-over from requests to the background group: jobs per second against a Channel and a BackgroundService",
            Spread.Of(ratios),
            1,
            1.5,
            MoreIsBetter: true);
        yield return new(
            "hand-over: the floor, a work item for each job and nothing that knows of it, against a Channel and a BackgroundService",
            Spread.Of(floors),
            null,
            null,
            MoreIsBetter: true);
    }

    /// <summary>Seconds from the first request to the end of the last job.</summary>
    private static double Take(HttpServer server)
    {
        Task all = Job.Expect(RequestsPerSample * JobsPerRequest);
        long start = Stopwatch.GetTimestamp();
        server.Send(RequestsPerSample, HttpServer.Clients);
        all.Wait();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static class Job
    {
        private static int _left;
        private static TaskCompletionSource _all = new();

        public static Task Expect(int count)
        {
            _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _left, count);
            return _all.Task;
        }

        public static async Task RunAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _all.SetResult();
            }
        }
    }

    // As Microsoft's documentation shows it: one job after the other.
    private sealed class Reader(ChannelReader<Func<CancellationToken, Task>> queue) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (Func<CancellationToken, Task> job in queue.ReadAllAsync(stoppingToken))
            {
                await job(stoppingToken);
            }
        }
    }
}
