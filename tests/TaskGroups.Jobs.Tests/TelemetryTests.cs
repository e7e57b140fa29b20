using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Tests;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Run_WhenTheEnqueuerHasATrace_IsATraceOfItsOwnThatLinksToIt()
    {
        Activity? ofHandler = null;
        await using JobHost host = JobHost.Build(jobs => jobs.UseInMemory(), _ =>
        {
            ofHandler = Activity.Current;
            return Task.CompletedTask;
        });
        await host.Host.StartAsync().WithWatchdog();
        using var source = new ActivitySource("TaskGroups.Jobs.Tests");
        using var listener = new ActivityListener
        {
            ShouldListenTo = each => each.Name is "TaskGroups.Jobs.Tests" or TaskGroupsTelemetry.ActivitySourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        JobId id;
        ActivityContext caller;
        using (Activity request = source.StartActivity("request")!)
        {
            caller = request.Context;
            id = await host.Jobs.EnqueueAsync(new Work());
        }

        await host.InStateAsync(id, JobState.Succeeded);

        Assert.Equal("job work", ofHandler!.OperationName);
        Assert.Null(ofHandler.ParentId);
        Assert.NotEqual(caller.TraceId, ofHandler.TraceId);
        Assert.Equal(caller.SpanId, Assert.Single(ofHandler.Links).Context.SpanId);
        Assert.Equal("job", ofHandler.GetTagItem("taskgroups.kind"));
    }

    [Fact]
    public async Task Counters_WhenJobsEnd_CountThemByNameAndOutcome()
    {
        await using JobHost host = JobHost.Build(
            jobs => jobs.UseInMemory(),
            call => call.Context.Attempt == 1 ? throw new InvalidTimeZoneException() : Task.CompletedTask);
        await host.Host.StartAsync().WithWatchdog();
        IMeterFactory meters = host.Services.GetRequiredService<IMeterFactory>();
        Dictionary<string, double> counts = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, it) =>
            {
                if (instrument.Meter.Scope == meters && instrument.Name.StartsWith("taskgroups.jobs.", StringComparison.Ordinal))
                {
                    it.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.Start();

        await host.InStateAsync(await host.Jobs.EnqueueAsync(new Work()), JobState.Succeeded);
        await host.Jobs.EnqueueAsync(new Work(), new() { NotBefore = DateTimeOffset.MaxValue.AddYears(-5) });
        listener.RecordObservableInstruments();

        lock (counts)
        {
            Assert.Equal(2, counts["taskgroups.jobs.enqueued job=work"]);
            Assert.Equal(2, counts["taskgroups.jobs.started job=work"]);
            Assert.Equal(1, counts["taskgroups.jobs.completed job=work outcome=failed"]);
            Assert.Equal(1, counts["taskgroups.jobs.completed job=work outcome=succeeded"]);
            Assert.Equal(1, counts["taskgroups.jobs.waiting job=work"]);
            Assert.Equal(0, counts["taskgroups.jobs.oldest_age job=work"]);
        }

        void Count(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string key = instrument.Name + string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"));
            lock (counts)
            {
                counts[key] = counts.GetValueOrDefault(key) + value;
            }
        }
    }
}
