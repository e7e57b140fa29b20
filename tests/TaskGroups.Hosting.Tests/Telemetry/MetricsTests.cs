using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The names, units and tags under which an application's groups publish metrics.</summary>
public sealed class MetricsTests
{
    private static readonly string[] NotOfChildren = ["taskgroups.child.duration"];

    [Fact]
    public async Task Instruments_HaveTheirNamesTypesAndUnits()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedMetrics seen = Listen(host);

        Assert.Equal(
            [
                "taskgroups.cancellation.duration Histogram`1 s",
                "taskgroups.child.duration Histogram`1 s",
                "taskgroups.children.abandoned Counter`1 {child}",
                "taskgroups.children.active ObservableUpDownCounter`1 {child}",
                "taskgroups.children.refused Counter`1 {child}",
                "taskgroups.children.straggling Counter`1 {child}",
                "taskgroups.children.waiting ObservableUpDownCounter`1 {child}",
                "taskgroups.deadlines.ignored Counter`1 {header}",
                "taskgroups.drain.duration Histogram`1 s",
                "taskgroups.group.duration Histogram`1 s",
                "taskgroups.groups.active UpDownCounter`1 {group}",
            ],
            seen.Instruments.Select(each => $"{each.Name} {each.GetType().Name} {each.Unit}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Metrics_OfAGroupThatAChildFails_HaveItsOutcomeAndReason()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedMetrics seen = Listen(host, name => !NotOfChildren.Contains(name));
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

    // A race supervises its contenders: it fails only when none is left to win.
    [Fact]
    public async Task Metrics_OfARace_SayFailedOnlyIfAllContendersFail()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedMetrics seen = Listen(host, name => name == "taskgroups.group.duration");
        ITaskGroupFactory groups = host.Services.GetRequiredService<ITaskGroupFactory>();

        await groups.RunAsync(group => group.RaceAsync(
            ct => Task.FromException<int>(new InvalidTimeZoneException()),
            ct => Task.FromResult(1)));
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => groups.RunAsync(group => group.RaceAsync(
            ct => Task.FromException<int>(new InvalidTimeZoneException()),
            ct => Task.FromException<int>(new InvalidTimeZoneException()))));

        string[] races = [.. seen.All.Where(each => each.Contains("RaceAsync", StringComparison.Ordinal))];
        Assert.Equal(2, races.Length);
        Assert.Contains("outcome=succeeded", races[0], StringComparison.Ordinal);
        Assert.Contains("outcome=failed", races[1], StringComparison.Ordinal);
    }

    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task Metrics_OfChildren_HaveTheirOutcomesAndTheTimeThatTheyRan(ChildStart childStart)
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedMetrics seen = Listen(host, name => NotOfChildren.Contains(name));
        Gate failing = new();

        Task group = host.Services.GetRequiredService<ITaskGroupFactory>().RunAsync(
            async group =>
            {
                await group.Run(
                    ct =>
                    {
                        host.Clock.Advance(TimeSpan.FromSeconds(2));
                        return Task.CompletedTask;
                    },
                    "good");
                await group.RunOrDefault(ct => Task.FromException<int>(new InvalidTimeZoneException()), 0, "optional");
                _ = group.Run(
                    ct =>
                    {
                        failing.Open();
                        return Task.Delay(Timeout.Infinite, ct);
                    },
                    "canceled");
                _ = group.Run(
                    async _ =>
                    {
                        await failing.WaitAsync(CancellationToken.None);
                        throw new InvalidDataException();
                    },
                    "bad");
            },
            new TaskGroupOptions { Name = "prices", ChildStart = childStart });
        await Assert.ThrowsAsync<InvalidDataException>(() => group.WithWatchdog());

        Assert.Equal(
            [
                "taskgroups.child.duration s kind=group name=prices outcome=canceled",
                "taskgroups.child.duration s kind=group name=prices outcome=failed",
                "taskgroups.child.duration s kind=group name=prices outcome=failed",
                "taskgroups.child.duration s kind=group name=prices outcome=succeeded",
            ],
            seen.All.Order());
        Assert.Equal([2, 0, 0, 0], seen.Seconds);
    }

    [Fact]
    public async Task Metrics_OfChildrenThatAreRefused_CountThem()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services.AddBackgroundTaskGroup("one", options =>
        {
            options.MaxConcurrency = 1;
            options.MaxWaiting = 0;
        }));
        using RecordedMetrics seen = Listen(host, name => name == "taskgroups.children.refused");
        Gate gate = new();
        Task child = await host.RunningAsync("the child", ct => gate.WaitAsync(ct), host.Group("one"));

        Action overfill = () => host.Group("one").Run(ct => Task.CompletedTask);
        Assert.Throws<TaskGroupFullException>(overfill);
        await host.Services.GetRequiredService<ITaskGroupFactory>().RunAsync(
            group =>
            {
                group.Cancel();
                Assert.False(group.TryRun(ct => Task.CompletedTask));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Name = "prices" });
        gate.Open();
        await child.WithWatchdog();
        await host.StopAsync();
        Action startLate = () => host.Background.Run(ct => Task.CompletedTask);
        Assert.Throws<InvalidOperationException>(startLate);

        Assert.Equal(
            [
                "taskgroups.children.refused {child} 1 kind=background name=one",
                "taskgroups.children.refused {child} 1 kind=group name=prices",
                "taskgroups.children.refused {child} 1 kind=background name=background",
            ],
            seen.All);
    }

    // The group opened before there was a listener.
    [Fact]
    public async Task Metrics_OfABackgroundChild_AreThereForAListenerThatCameLater()
    {
        await using TestHost host = await TestHost.StartAsync();
        await host.Background.Run(ct => Task.CompletedTask, "before").WithWatchdog();
        using RecordedMetrics seen = Listen(host, name => NotOfChildren.Contains(name));

        await host.Background.Run(ct => Task.CompletedTask, "after").WithWatchdog();

        Assert.Equal(["taskgroups.child.duration s kind=background name=background outcome=succeeded"], seen.All);
    }

    // It opens before the exporters of the application start.
    [Fact]
    public async Task Metrics_OfABackgroundGroup_CountItFromTheStartOfTheHost()
    {
        await using TestHost host = TestHost.Build();
        _ = host.Background;
        using RecordedMetrics seen = Listen(host, name => name == "taskgroups.groups.active");

        await host.Host.StartAsync().WithWatchdog();
        await host.StopAsync();

        Assert.Equal(
            [
                "taskgroups.groups.active {group} 1 kind=background name=background",
                "taskgroups.groups.active {group} -1 kind=background name=background",
            ],
            seen.All);
    }

    // A client may choose any path where there is no route.
    [Fact]
    public async Task Metrics_OfMoreNamesThanAreKept_HaveOneNameForTheRest()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedMetrics seen = Listen(host, name => name == "taskgroups.groups.active");
        ITaskGroupFactory groups = host.Services.GetRequiredService<ITaskGroupFactory>();

        for (int number = 0; number <= NameBound.MaxNames; number++)
        {
            await groups.RunAsync(group => Task.CompletedTask, new TaskGroupOptions { Name = $"GET /{number}" });
        }

        Assert.Equal(
            ["taskgroups.groups.active {group} 1 kind=group name=_OTHER", "taskgroups.groups.active {group} -1 kind=group name=_OTHER"],
            seen.All[^2..]);
        Assert.Equal(NameBound.MaxNames + 1, seen.All.Distinct().Count() / 2);
    }

    [Fact]
    public async Task Metrics_OfChildren_AreCountedWhenAListenerAsks()
    {
        await using TestHost host = await TestHost.StartAsync(after: services =>
            services.AddBackgroundTaskGroup("one", options => options.MaxConcurrency = 1));
        using RecordedMetrics seen = Listen(host);
        Gate gate = new();
        Task child = await host.RunningAsync("the child", ct => gate.WaitAsync(ct), host.Group("one"));
        Task next = host.Group("one").Run(ct => Task.CompletedTask, "next");

        string[] said = seen.Ask();

        Assert.Contains("taskgroups.children.active {child} 1 kind=background name=one", said);
        Assert.Contains("taskgroups.children.waiting {child} 1 kind=background name=one", said);
        gate.Open();
        await Task.WhenAll(child, next).WithWatchdog();
    }

    // An exporter goes on sending the last value of tags without new values.
    [Fact]
    public async Task Metrics_OfTheChildrenOfAGroupThatHasEnded_AreZero()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedMetrics seen = Listen(host, name => name == "taskgroups.children.active");

        string[] during = [];
        await host.Services.GetRequiredService<ITaskGroupFactory>().RunAsync(
            async group =>
            {
                Gate gate = new();
                Task child = group.Run(ct => gate.WaitAsync(ct));
                during = seen.Ask();
                gate.Open();
                await child;
            },
            new TaskGroupOptions { Name = "prices" });

        Assert.Contains("taskgroups.children.active {child} 1 kind=group name=prices", during);
        Assert.Contains("taskgroups.children.active {child} 0 kind=group name=prices", seen.Ask());
        Assert.Contains("taskgroups.children.active {child} 0 kind=group name=prices", seen.Ask());
    }

    // R33
    [Fact]
    public async Task Metrics_OfADrainThatGivesUp_CountTheChildrenThatAreLeft()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedMetrics seen = Listen(host);
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
    public async Task Docs_ListEveryInstrumentWithItsTypeAndUnit()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedMetrics seen = Listen(host);

        IEnumerable<string> listed = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "observability.md"))
            .Where(line => line.StartsWith("| `taskgroups.", StringComparison.Ordinal))
            .Select(line => string.Join(' ', line.Split('|', StringSplitOptions.TrimEntries)[1..3]));

        Assert.Equal(
            seen.Instruments.Select(each => $"`{each.Name}` {TypeOf(each)}, {each.Unit}").Order(StringComparer.Ordinal),
            listed.Order(StringComparer.Ordinal));

        static string TypeOf(Instrument instrument) => instrument switch
        {
            Histogram<double> => "histogram",
            Counter<long> => "counter",
            UpDownCounter<long> => "up-down counter",
            ObservableUpDownCounter<long> => "observable up-down counter",
            _ => instrument.GetType().Name,
        };
    }

    // Prometheus writes dots as underscores, and adds the unit and the kind of the instrument.
    [Fact]
    public async Task Docs_AskPrometheusForInstrumentsThatThereAre()
    {
        await using TestHost host = await TestHost.StartAsync();
        using RecordedMetrics seen = Listen(host);
        HashSet<string> series =
        [
            .. seen.Instruments.SelectMany(each => SeriesOf(each).Select(suffix => each.Name.Replace('.', '_') + suffix)),
        ];

        string[] asked =
        [
            .. Regex.Matches(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "observability.md")), "taskgroups_[a-z_]+")
                .Select(match => match.Value),
        ];

        Assert.True(asked.Length >= 7, $"The docs ask for {asked.Length} series.");
        Assert.All(asked, each => Assert.Contains(each, series));

        static string[] SeriesOf(Instrument instrument) => instrument switch
        {
            Histogram<double> => ["_seconds_bucket", "_seconds_count", "_seconds_sum"],
            Counter<long> => ["_total"],
            _ => [""],
        };
    }

    private static RecordedMetrics Listen(TestHost host, Func<string, bool>? isWanted = null) =>
        new(host.Services.GetRequiredService<IMeterFactory>(), isWanted);
}
