using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The names, units and tags under which an application's groups publish metrics and spans.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Metrics_OfAGroupThatAChildFails_HaveItsOutcomeAndReason()
    {
        await using TestHost host = await TestHost.StartAsync();
        using var seen = new Measurements(host.Services.GetRequiredService<IMeterFactory>());
        ITaskGroupFactory groups = host.Services.GetRequiredService<ITaskGroupFactory>();

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => groups.RunAsync(
            group => group.Run(ct => Task.FromException(new InvalidTimeZoneException()), "the child"),
            new TaskGroupOptions { Name = "prices" }));
        await groups.RunAsync(group => Task.CompletedTask, new TaskGroupOptions { Name = "stock" });

        Assert.Equal(
            [
                "taskgroups.groups.active {group} 1 kind=group name=prices",
                "taskgroups.groups.active {group} -1 kind=group name=prices",
                "taskgroups.group.duration s kind=group name=prices outcome=failed reason=child_failed",
                "taskgroups.cancellation.duration s kind=group name=prices reason=child_failed",
                "taskgroups.groups.active {group} 1 kind=group name=stock",
                "taskgroups.groups.active {group} -1 kind=group name=stock",
                "taskgroups.group.duration s kind=group name=stock outcome=succeeded",
            ],
            seen.All);
    }

    [Fact]
    public async Task Metrics_OfChildren_AreCountedWhenAListenerAsks()
    {
        await using TestHost host = await TestHost.StartAsync();
        using var seen = new Measurements(host.Services.GetRequiredService<IMeterFactory>());
        Gate gate = new();
        Task child = await host.RunningAsync("the child", ct => gate.WaitAsync(ct));

        seen.Ask();

        Assert.Contains("taskgroups.children.active {child} 1 kind=background name=background", seen.All);
        Assert.Contains("taskgroups.children.waiting {child} 0 kind=background name=background", seen.All);
        gate.Open();
        await child.WithWatchdog();
    }

    // R33
    [Fact]
    public async Task Metrics_OfADrainThatGivesUp_CountTheChildrenThatAreLeft()
    {
        await using TestHost host = await TestHost.StartAsync();
        using var seen = new Measurements(host.Services.GetRequiredService<IMeterFactory>());
        Gate gate = new();
        Task child = await host.RunningAsync("stubborn", ct => gate.WaitAsync(CancellationToken.None));

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await host.PassCancelTimeoutAsync();
        await stop;

        Assert.Contains("taskgroups.drain.duration s name=background", seen.All);
        Assert.Contains("taskgroups.children.abandoned {child} 1 kind=background name=background", seen.All);
        gate.Open();
        await child.WithWatchdog();
    }

    [Fact]
    public async Task Span_OfAGroupThatAChildFails_SaysWhatCanceledIt()
    {
        await using TestHost host = await TestHost.StartAsync();
        string name = Guid.NewGuid().ToString(); // other tests have spans too
        List<Activity> stopped = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TaskGroupsTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.OperationName == $"group {name}")
                {
                    stopped.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var outer = new Activity("outer").Start();

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => host.Services.GetRequiredService<ITaskGroupFactory>().RunAsync(
            group => group.Run(ct => Task.FromException(new InvalidTimeZoneException("a secret")), "the child"),
            new TaskGroupOptions { Name = name }));

        Activity span = Assert.Single(stopped);
        Assert.Same(outer, Activity.Current);
        Assert.Equal(outer.SpanId, span.ParentSpanId);
        Assert.Equal(
            ["taskgroups.kind=group", "taskgroups.outcome=failed", "taskgroups.reason=child_failed"],
            span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Order());
        Assert.Equal((ActivityStatusCode.Error, typeof(InvalidTimeZoneException).FullName), (span.Status, span.StatusDescription));
        ActivityEvent canceled = Assert.Single(span.Events);
        Assert.Equal("canceled", canceled.Name);
        Assert.Equal(
            ["child=the child", $"exception.type={typeof(InvalidTimeZoneException).FullName}", "reason=child_failed"],
            canceled.Tags.Select(tag => $"{tag.Key}={tag.Value}").Order());
    }

    /// <summary>What one application's meter publishes, one line each; of times only that there was one.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<string> _all = [];

        public Measurements(IMeterFactory factory)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == TaskGroupsTelemetry.MeterName && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, $" {value}", tags));
            _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, "", tags));
            _listener.Start();
        }

        public string[] All
        {
            get
            {
                lock (_all)
                {
                    return [.. _all];
                }
            }
        }

        public void Ask() => _listener.RecordObservableInstruments();

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, string value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            IEnumerable<string> words = tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}").Order();
            lock (_all)
            {
                _all.Add($"{instrument.Name} {instrument.Unit}{value} {string.Join(' ', words)}");
            }
        }
    }
}
