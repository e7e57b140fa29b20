using System.Diagnostics;
using System.Globalization;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>What travels to a background child, and what does not.</summary>
[Collection(nameof(BackgroundFlowTests))]
[CollectionDefinition(nameof(BackgroundFlowTests), DisableParallelization = true)] // a listener sees the whole process
public sealed class BackgroundFlowTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    // The child's trace is a new root, linked to the caller's.
    [Fact]
    public async Task Run_WhenTheCallerHasAnActivity_LinksTheChildsTrace()
    {
        using ActivityListener listener = Listen();
        await using TestHost host = TestHost.Build();
        Ambient.Value = "of the request";
        using var request = new Activity("request").Start();

        (Activity? Activity, string? Ambient)[] seen =
        [
            await host.Background.Run(_ => Task.FromResult((Activity.Current, Ambient.Value)), "job").WithWatchdog(),
            await host.Background.Run((_, _) => Task.FromResult((Activity.Current, Ambient.Value)), 1, "job").WithWatchdog(),
            await host.Background.RunScoped(
                (IServiceProvider _, CancellationToken _) => Task.FromResult((Activity.Current, Ambient.Value)), "job").WithWatchdog(),
        ];

        Assert.All(seen, each =>
        {
            Assert.Null(each.Ambient);
            Assert.Equal("child job", each.Activity!.OperationName);
            Assert.Null(each.Activity.Parent);
            Assert.Equal(default, each.Activity.ParentSpanId);
            Assert.NotEqual(request.TraceId, each.Activity.TraceId);
            Assert.Equal(request.Context, Assert.Single(each.Activity.Links).Context);
            Assert.True(each.Activity.IsStopped);
        });
        Assert.Same(request, Activity.Current);
    }

    [Fact]
    public async Task Run_WhenTheChildFails_MarksItsActivity()
    {
        using ActivityListener listener = Listen();
        await using TestHost host = TestHost.Build();
        using var request = new Activity("request").Start();
        Activity? activity = null;

        Task child = host.Background.Run(_ =>
        {
            activity = Activity.Current;
            throw new InvalidOperationException("failed");
        });

        await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog());
        Assert.Equal(ActivityStatusCode.Error, activity!.Status);
        Assert.Equal(typeof(InvalidOperationException).FullName, activity.StatusDescription);
    }

    [Fact]
    public async Task Run_WhenNothingIsToFlow_HasATraceWithoutALink()
    {
        using ActivityListener listener = Listen();
        await using TestHost host = TestHost.Build(options => options.Flow = BackgroundFlow.None);
        using var request = new Activity("request").Start();

        Activity? activity = await host.Background.Run(_ => Task.FromResult(Activity.Current), "job").WithWatchdog();
        Assert.Equal("child job", activity!.OperationName);
        Assert.Equal(default, activity.ParentSpanId);
        Assert.Empty(activity.Links);
    }

    [Theory]
    [InlineData(BackgroundFlow.Culture, true)]
    [InlineData(BackgroundFlow.TraceLink, false)]
    public async Task Run_WhenTheCultureIsToFlow_HasTheCallersCulture(BackgroundFlow flow, bool flows)
    {
        await using TestHost host = TestHost.Build(options => options.Flow = flow);
        var before = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        try
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (new CultureInfo("de-CH"), new CultureInfo("fr-FR"));

            var seen = await host.Background.Run(_ => Task.FromResult((CultureInfo.CurrentCulture.Name, CultureInfo.CurrentUICulture.Name)))
                .WithWatchdog();

            Assert.Equal(flows, seen == ("de-CH", "fr-FR"));
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = before;
        }
    }

    private static ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TaskGroupsTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
