using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;

namespace TaskGroups.Benchmarks;

/// <summary>What metrics and traces cost: when nothing listens, and when everything is listened to.</summary>
internal static class TelemetryReadings
{
    private const int FanOut = 10;
    private const int RequestsPerSample = 200 * HttpServer.Clients;

    public static async IAsyncEnumerable<Reading> MeasureAsync(Rounds rounds)
    {
        foreach (Reading reading in await CompareWithoutHttpAsync(rounds, "nothing listens", 1.02))
        {
            yield return reading;
        }

        using (ListenToMetrics())
        {
            foreach (Reading reading in await CompareWithoutHttpAsync(rounds, "metrics listened to"))
            {
                yield return reading;
            }

            using (ListenToSpans())
            {
                foreach (Reading reading in await CompareWithoutHttpAsync(rounds, "metrics and spans listened to"))
                {
                    yield return reading;
                }
            }
        }

        await using HttpServer server = await HttpServer.StartAsync(
            hasGroups: true, app => app.MapGet("/", AnswerAsync).WithTaskGroup());
        yield return new(
            "Telemetry, metrics and spans listened to, HTTP fan-out of 10: CPU against nothing listens",
            CompareCpu(rounds.Count, server),
            1.5,
            1.2);
    }

    /// <summary>Compares with groups of the same settings without instruments: nested, tracked, with an observer of no children.</summary>
    private static async Task<Reading[]> CompareWithoutHttpAsync(Rounds rounds, string who, double? gate = null)
    {
        await using ServiceProvider services = new ServiceCollection().AddTaskGroups().BuildServiceProvider();
        ITaskGroupFactory groups = services.GetRequiredService<ITaskGroupFactory>();
        var outer = new TaskGroupOptions { TrackChildren = true, FailurePolicy = FailurePolicy.Supervise, Observer = new Silent() };
        (Spread Time, Spread Bytes, Spread OtherBytes) found = default;
        await TaskGroup.RunAsync(
            async around => found = await rounds.CompareAsync(
                new Contender("instrumented", count => groups.RunAsync(group => StartAsync(group, count))),
                new Contender("not instrumented", count => around.RunGroupAsync(group => StartAsync(group, count))),
                FanOut),
            outer);
        double more = Math.Round((found.Bytes.Median - found.OtherBytes.Median) * FanOut);
        return
        [
            new($"Telemetry, {who}, fan-out of 10: time against groups without instruments", found.Time, gate, gate is null ? null : 1),
            new(
                $"Telemetry, {who}, fan-out of 10: bytes more, for the group and its children",
                Spread.Exact(more),
                gate is null ? null : 0,
                gate is null ? null : 0,
                "0",
                " B"),
        ];
    }

    private static Task StartAsync(ITaskGroup group, int count)
    {
        for (int child = 0; child < count; child++)
        {
            group.Run(static async _ => await Task.Yield(), "child");
        }

        return Task.CompletedTask;
    }

    private static async Task<string> AnswerAsync(ITaskGroup group)
    {
        await StartAsync(group, FanOut);
        return "ok";
    }

    private static Spread CompareCpu(int rounds, HttpServer server)
    {
        long warmUp = Stopwatch.GetTimestamp();
        do
        {
            Take(server, isListenedTo: true);
            Take(server, isListenedTo: false);
        }
        while (Stopwatch.GetElapsedTime(warmUp) < Rounds.Settling);

        var ratios = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            double quiet = Take(server, isListenedTo: false);
            ratios.Add(Take(server, isListenedTo: true) / quiet);
        }

        return Spread.Of(ratios);
    }

    private static double Take(HttpServer server, bool isListenedTo)
    {
        using MeterListener? metrics = isListenedTo ? ListenToMetrics() : null;
        using ActivityListener? spans = isListenedTo ? ListenToSpans() : null;
        server.Send(25 * HttpServer.Clients, HttpServer.Clients); // the threads and the connections wake up
        using var process = Process.GetCurrentProcess();
        TimeSpan cpu = process.TotalProcessorTime;
        server.Send(RequestsPerSample, HttpServer.Clients);
        process.Refresh();
        return (process.TotalProcessorTime - cpu).TotalSeconds;
    }

    private static MeterListener ListenToMetrics()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == TaskGroupsTelemetry.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.Start();
        return listener;
    }

    private static ActivityListener ListenToSpans()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == TaskGroupsTelemetry.ActivitySourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private sealed class Silent : TaskGroupObserver
    {
        public override bool WantsChildEvents => false;
    }
}
