using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Polly;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>R33: whether the application can take work, and which groups keep it from that.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task Check_WhenNothingIsWrong_IsHealthyAndTaggedReady()
    {
        await using TestHost host = await StartAsync();

        HealthReportEntry entry = await CheckAsync(host);

        Assert.Equal((HealthStatus.Healthy, "ready"), (entry.Status, Assert.Single(entry.Tags)));
        Assert.Empty(entry.Data);
        await host.StopAsync();
    }

    // R33: from ApplicationStopping on, before the drain begins
    [Fact]
    public async Task Check_WhenTheHostStops_IsUnhealthy()
    {
        HealthReportEntry? seen = null;
        TestHost? host = null;
        await using (host = await StartAsync(services => services.AddBackgroundTaskGroup("emails")))
        {
            TestHost running = host;
            Task child = await host.RunningAsync("long", async _ =>
            {
                await Task.Delay(Timeout.Infinite, running.Background.StoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                seen = await CheckAsync(running);
            });

            await host.StopAsync();
            await child.WithWatchdog();
        }

        Assert.Equal(HealthStatus.Unhealthy, seen!.Value.Status);
        Assert.Equal(["background", "emails"], Names(seen.Value, "draining"));
        Assert.Equal("The application is draining: background, emails", seen.Value.Description);
    }

    // 80 % of MaxWaiting
    [Theory]
    [InlineData(10, 7, false)]
    [InlineData(10, 8, true)]
    [InlineData(0, 0, true)]
    [InlineData(null, 50, false)]
    public async Task Check_WhenAGroupIsNearlyFull_IsDegraded(int? maxWaiting, int waiting, bool isSaturated)
    {
        Gate released = new();
        await using TestHost host = await StartAsync(services => services.AddBackgroundTaskGroup("emails", options =>
        {
            options.MaxConcurrency = 1;
            options.MaxWaiting = maxWaiting;
        }));
        IBackgroundTaskGroup emails = host.Group("emails");
        await host.RunningAsync("first", released.WaitAsync, emails);
        for (int child = 0; child < waiting; child++)
        {
            emails.Run(released.WaitAsync);
        }

        HealthReportEntry entry = await CheckAsync(host);
        released.Open();

        Assert.Equal(isSaturated ? HealthStatus.Degraded : HealthStatus.Healthy, entry.Status);
        Assert.Equal(isSaturated ? ["emails"] : [], Names(entry, "saturated"));
        await host.StopAsync();
    }

    // A child that ignores its cancellation, also one of a nested group
    [Fact]
    public async Task Check_WhenAChildStraggles_IsDegradedAndNamesIt()
    {
        Gate released = new();
        await using TestHost host = await StartAsync();
        Task child = await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));
        host.Background.Cancel();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);

        host.Clock.Advance(TimeSpan.FromSeconds(5));
        HealthReportEntry entry = await CheckAsync(host);
        released.Open();
        await child.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Equal(["'stubborn' of 'background'"], Names(entry, "straggling"));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);
        await host.StopAsync();
    }

    [Fact]
    public async Task Check_WhenSupervisionHasGivenUp_IsDegradedAndNamesIt()
    {
        await using TestHost host = await StartAsync();
        Task child = host.Background.Supervise(ResiliencePipeline.Empty, _ => Task.FromException(new IOException()), "feed");
        await Assert.ThrowsAsync<IOException>(() => child.WithWatchdog());

        HealthReportEntry entry = await CheckAsync(host);

        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Equal(["'feed' of 'background'"], Names(entry, "givenUp"));
        await host.StopAsync();
    }

    [Fact]
    public async Task Check_WhenWorkHoldsReadiness_IsUnhealthyUntilItIsReady()
    {
        Gate ready = new();
        Gate started = new();
        Gate released = new();
        await using TestHost host = await StartAsync(services => services.AddBackgroundTask<IStartSignal>(
            async (signal, ct) =>
            {
                await ready.WaitAsync(ct);
                signal.Started();
                started.Open();
                await released.WaitAsync(ct);
            },
            holdsReadiness: true,
            name: "warm-up"));

        HealthReportEntry before = await CheckAsync(host);
        ready.Open();
        await started.WaitAsync().WithWatchdog();
        HealthReportEntry after = await CheckAsync(host);
        released.Open();

        Assert.Equal(HealthStatus.Unhealthy, before.Status);
        Assert.Equal(["warm-up"], Names(before, "notReady"));
        Assert.Equal(HealthStatus.Healthy, after.Status);
        await host.StopAsync();
    }

    // A bare container, and another status for failures
    [Fact]
    public async Task AddTaskGroups_WithOtherSettings_UsesThem()
    {
        IServiceCollection services = new ServiceCollection();
        services.AddHealthChecks().AddTaskGroups("groups", HealthStatus.Degraded, ["a", "b"], TimeSpan.FromSeconds(3));
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthCheckRegistration registration = Assert.Single(
            provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);
        Assert.Equal(("groups", HealthStatus.Degraded), (registration.Name, registration.FailureStatus));
        Assert.Equal(["a", "b"], registration.Tags.Order());
        Assert.Equal(TimeSpan.FromSeconds(3), registration.Timeout);

        HealthReport report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync().WithWatchdog();
        Assert.Equal(HealthStatus.Healthy, report.Status);
    }

    [Fact]
    public async Task AddTaskGroups_WhenTwoChecksHaveOneName_SaysSoAtOnce()
    {
        IHealthChecksBuilder builder = new ServiceCollection().AddHealthChecks().AddTaskGroups();
        string message = Assert.Throws<InvalidOperationException>(() => builder.AddTaskGroups("TaskGroups")).Message;
        Assert.Contains("'TaskGroups'", message, StringComparison.Ordinal);
        Assert.Contains("AddTaskGroups(\"TaskGroups-2\")", message, StringComparison.Ordinal);
        builder.AddTaskGroups("other");

        await using TestHost host = TestHost.Build(after: services => services.AddHealthChecks()
            .AddTaskGroups()
            .AddCheck("TASKGROUPS", () => HealthCheckResult.Healthy()));
        OptionsValidationException refused = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.Host.StartAsync().WithWatchdog());
        Assert.Contains("'taskgroups'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddTaskGroups_WhenGivenNonsense_Throws()
    {
        IHealthChecksBuilder builder = new ServiceCollection().AddHealthChecks();
        Refused.ForNull("builder", () => ((IHealthChecksBuilder)null!).AddTaskGroups());
        Refused.ForNull("name", () => builder.AddTaskGroups(null!));
        Refused.With<ArgumentException>(() => builder.AddTaskGroups(" "));
    }

    private static Task<TestHost> StartAsync(Action<IServiceCollection>? configure = null) => TestHost.StartAsync(after: services =>
    {
        services.AddHealthChecks().AddTaskGroups();
        configure?.Invoke(services);
    });

    private static async Task<HealthReportEntry> CheckAsync(TestHost host)
    {
        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().WithWatchdog();
        return report.Entries["taskgroups"];
    }

    private static string[] Names(HealthReportEntry entry, string key) =>
        entry.Data.TryGetValue(key, out object? names) ? (string[])names : [];
}
