using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The spans of an application's groups and children: names, tags, events, status, and what lies below what.</summary>
[Collection(nameof(BackgroundFlowTests))] // a listener sees the whole process
public sealed class SpanTests
{
    private readonly string _name = $"g{Guid.NewGuid():N}"; // other tests have spans too

    [Fact]
    public async Task Spans_WhenAChildFails_SayWhatCanceledTheGroupAndTheSiblings()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedSpans spans = new();
        using var outer = new Activity("outer").Start();

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => Factory(host).RunAsync(
            async group =>
            {
                _ = group.Run(ct => Task.Delay(Timeout.Infinite, ct), $"{_name} sibling");
                await group.Run(ct => Task.FromException(new InvalidTimeZoneException("a secret")), $"{_name} bad");
            },
            new TaskGroupOptions { Name = _name })).WithWatchdog();

        Activity span = spans.Named($"group {_name}");
        Assert.Same(outer, Activity.Current);
        Assert.Equal(outer.SpanId, span.ParentSpanId);
        Assert.Equal(
            ["taskgroups.kind=group", "taskgroups.outcome=failed", "taskgroups.reason=child_failed"], RecordedSpans.TagsOf(span));
        Assert.Equal((ActivityStatusCode.Error, typeof(InvalidTimeZoneException).FullName), (span.Status, span.StatusDescription));
        string canceled = $"canceled: child={_name} bad exception.type={typeof(InvalidTimeZoneException).FullName} reason=child_failed";
        Assert.Equal([canceled], RecordedSpans.EventsOf(span));

        Activity bad = spans.Named($"child {_name} bad");
        Assert.Equal(span.SpanId, bad.ParentSpanId);
        Assert.Equal(["taskgroups.kind=group", "taskgroups.outcome=failed"], RecordedSpans.TagsOf(bad));
        Assert.Equal((ActivityStatusCode.Error, typeof(InvalidTimeZoneException).FullName), (bad.Status, bad.StatusDescription));
        Assert.Empty(bad.Events);

        Activity sibling = spans.Named($"child {_name} sibling");
        Assert.Equal(span.SpanId, sibling.ParentSpanId);
        Assert.Equal(
            ["taskgroups.kind=group", "taskgroups.outcome=canceled", "taskgroups.reason=child_failed"], RecordedSpans.TagsOf(sibling));
        Assert.Equal(ActivityStatusCode.Unset, sibling.Status);
        Assert.Equal([canceled], RecordedSpans.EventsOf(sibling));
    }

    // What a child calls lies below the child; what its nested group starts, below that group; the caller's span stays the caller's.
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task Spans_OfNestedGroups_LieBelowTheChildThatOpensThem(ChildStart childStart)
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedSpans spans = new();
        Activity? inBody = null, inBodyAfterStart = null, inChild = null, inChildLater = null, inLeaf = null;

        await Factory(host).RunAsync(
            async group =>
            {
                inBody = Activity.Current;
                Task child = group.Run(
                    async ct =>
                    {
                        inChild = Activity.Current;
                        await Task.Yield();
                        inChildLater = Activity.Current;
                        await group.AllAsync(ct =>
                        {
                            inLeaf = Activity.Current;
                            return Task.CompletedTask;
                        });
                    },
                    $"{_name} child");
                inBodyAfterStart = Activity.Current;
                await child;
            },
            new TaskGroupOptions { Name = _name, ChildStart = childStart }).WithWatchdog();

        Activity outer = spans.Named($"group {_name}");
        Activity middle = spans.Named($"child {_name} child");
        Activity nested = spans.All.Single(span => span.OperationName == "group AllAsync" && span.TraceId == outer.TraceId);
        Activity leaf = spans.All.Single(span => span.ParentSpanId == nested.SpanId);
        Assert.Equal([outer, outer, middle, middle, leaf], [inBody, inBodyAfterStart, inChild, inChildLater, inLeaf]);
        Assert.Equal((outer.SpanId, middle.SpanId), (middle.ParentSpanId, nested.ParentSpanId));
        Assert.StartsWith("child ", leaf.OperationName, StringComparison.Ordinal);
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task Spans_WhenOnlyThoseOfGroupsAreWanted_HaveWhatChildrenCallBelowTheGroup()
    {
        await using TestHost host = await TestHost.StartAsync(after: static services =>
        {
            // <snippet: groups-only>
            services.Configure<TaskGroupsTelemetryOptions>(options => options.Spans = TaskGroupsSpans.GroupsOnly);
            // </snippet>
        });
        using RecordedSpans spans = new();
        Activity? inChild = null;

        await Factory(host).RunAsync(
            group => group.Run(
                ct =>
                {
                    inChild = Activity.Current;
                    return Task.CompletedTask;
                },
                $"{_name} child"),
            new TaskGroupOptions { Name = _name }).WithWatchdog();

        Assert.Same(spans.Named($"group {_name}"), inChild);
        Assert.DoesNotContain(spans.All, span => span.OperationName == $"child {_name} child");
    }

    [Fact]
    public async Task Spans_WhenNoListenerSamplesTheGroup_AreNotStarted()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedSpans spans = new(ActivitySamplingResult.None);
        using var outer = new Activity("outer").Start();
        Activity? inChild = null;

        await Factory(host).RunAsync(
            group => group.Run(ct =>
            {
                inChild = Activity.Current;
                return Task.CompletedTask;
            }),
            new TaskGroupOptions { Name = _name }).WithWatchdog();

        Assert.Same(outer, inChild);
        Assert.Empty(spans.All);
    }

    // It outlives the request, so it is no part of the request's trace.
    [Fact]
    public async Task Spans_OfAGroupInABackgroundGroup_AreARootThatIsLinkedToTheCaller()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedSpans spans = new();
        using var request = new Activity("request").Start();

        await host.Background.RunGroupAsync(
            async group => await group.Run(ct => Task.CompletedTask, $"{_name} child"),
            new TaskGroupOptions { Name = _name }).WithWatchdog();

        Activity span = spans.Named($"group {_name}");
        Assert.Equal(default, span.ParentSpanId);
        Assert.Equal(request.Context, Assert.Single(span.Links).Context);
        Assert.Equal(span.SpanId, spans.Named($"child {_name} child").ParentSpanId);
        Assert.Same(request, Activity.Current);
    }

    [Fact]
    public async Task Span_OfABackgroundChildThatIsCanceled_IsNoError()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedSpans spans = new();
        Task child = await host.RunningAsync($"{_name} child", ct => Task.Delay(Timeout.Infinite, ct));

        host.Background.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.WithWatchdog());
        Activity span = spans.Named($"child {_name} child");
        Assert.Equal(
            ["taskgroups.kind=background", "taskgroups.outcome=canceled", "taskgroups.reason=caller_canceled"],
            RecordedSpans.TagsOf(span));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Equal(["canceled: reason=caller_canceled"], RecordedSpans.EventsOf(span));
    }

    // To make a span current that has ended throws inside Activity, which swallows that: a child's end would cost an exception each.
    [Fact]
    public async Task Spans_WhenChildrenEnd_CostNoException()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedSpans spans = new();
        using SwallowedErrors errors = new();

        await Factory(host).RunAsync(
            async group =>
            {
                _ = group.Run(async _ => await Task.Yield(), $"{_name} yields");
                _ = group.Run(_ => Task.CompletedTask, $"{_name} ends at once");
                await group.Run(ct => group.AllAsync(async _ => await Task.Yield()), $"{_name} nests");
            },
            new TaskGroupOptions { Name = _name }).WithWatchdog();

        Assert.Equal(3, spans.All.Count(span => span.OperationName.StartsWith($"child {_name}", StringComparison.Ordinal)));
        Assert.Empty(errors.All);
    }

    // What goes on after its request has been answered still carries the request's span.
    [Theory, InlineData(false), InlineData(true)]
    public async Task Spans_WhenTheSpanAroundThemHasEnded_CostNoException(bool isFlowSuppressed)
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedSpans spans = new();
        using SwallowedErrors errors = new();
        TaskCompletionSource gate = new();
        var ended = new Activity("ended").Start();
        Task late = LateAsync();
        ended.Stop();

        gate.SetResult();
        await late.WithWatchdog();

        Activity span = spans.Named($"group {_name}");
        Assert.Equal(ended.SpanId, span.ParentSpanId);
        Assert.Empty(errors.All);

        async Task LateAsync()
        {
            await gate.Task;
            Task group;
            using (isFlowSuppressed ? ExecutionContext.SuppressFlow() : default(IDisposable))
            {
                group = Factory(host).RunAsync(
                    group => group.Run(_ => Task.CompletedTask, $"{_name} child"), new TaskGroupOptions { Name = _name });
                Assert.Same(isFlowSuppressed ? null : ended, Activity.Current); // without a flow nothing can bring it back
            }

            await group;
        }
    }

    // R14: telemetry that fails harms no work
    [Fact]
    public async Task Listener_WhenItThrows_HarmsNeitherGroupNorChild()
    {
        await using TestHost host = await TestHost.StartAsync();
        using var broken = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TaskGroupsTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = activity => throw new InvalidOperationException("a broken exporter"),
            ActivityStopped = activity => throw new InvalidOperationException("a broken exporter"),
        };
        ActivitySource.AddActivityListener(broken);

        int result = await Factory(host).RunAsync(group => group.Run(ct => Task.FromResult(7)), new TaskGroupOptions { Name = _name })
            .WithWatchdog();

        Assert.Equal(7, result);
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task Start_WhenTheSpansAreNoneOfThoseThatThereAre_Fails()
    {
        await using TestHost host = TestHost.Build(after: services =>
            services.Configure<TaskGroupsTelemetryOptions>(options => options.Spans = (TaskGroupsSpans)7));

        Exception failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.Host.StartAsync());

        Assert.Equal("TaskGroupsTelemetryOptions.Spans must be one of GroupsOnly, GroupsAndChildren.", failure.Message);
    }

    private static ITaskGroupFactory Factory(TestHost host) => host.Services.GetRequiredService<ITaskGroupFactory>();

    /// <summary>The exceptions that code of spans throws, whether or not it swallows them.</summary>
    private sealed class SwallowedErrors : IDisposable
    {
        private readonly ConcurrentQueue<Exception> _thrown = [];

        public SwallowedErrors() => AppDomain.CurrentDomain.FirstChanceException += OnThrown;

        public IReadOnlyCollection<Exception> All => _thrown;

        public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= OnThrown;

        private void OnThrown(object? sender, FirstChanceExceptionEventArgs thrown)
        {
            if (thrown.Exception.TargetSite?.DeclaringType == typeof(Activity))
            {
                _thrown.Enqueue(thrown.Exception);
            }
        }
    }
}
