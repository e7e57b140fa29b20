using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>Bad settings end the start of the host, with a message that says what to type.</summary>
public sealed class BackgroundTaskGroupOptionsTests
{
    public static TheoryData<string, string[]> BadSettings { get; } = new()
    {
        { "MaxConcurrency = 0", ["BackgroundTaskGroupOptions.MaxConcurrency is 0", "at least 1"] },
        { "MaxConcurrency = -1", ["BackgroundTaskGroupOptions.MaxConcurrency is -1", "at least 1"] },
        { "MaxWaiting = -1", ["BackgroundTaskGroupOptions.MaxWaiting is -1", "at least 0"] },
        { "MaxWaiting alone", ["BackgroundTaskGroupOptions.MaxWaiting is 5", "MaxConcurrency", "Set both"] },
        { "DrainTimeout = -1 s", ["BackgroundTaskGroupOptions.DrainTimeout is -00:00:01", "between zero and"] },
        { "DrainTimeout = 50 d", ["BackgroundTaskGroupOptions.DrainTimeout is 50.00:00:00", "49.7 days"] },
        { "CancelTimeout = infinite", ["BackgroundTaskGroupOptions.CancelTimeout is -00:00:00.0010000", "TimeSpan.FromSeconds(2)"] },
        { "CancelTimeout = max", ["BackgroundTaskGroupOptions.CancelTimeout is 10675199.02:48:05.4775807"] },
        { "FailureBehavior = 7", ["BackgroundTaskGroupOptions.FailureBehavior is 7", "Log or StopHost"] },
        { "two at once", ["MaxConcurrency is 0", "CancelTimeout is -"] },
    };

    [Theory]
    [MemberData(nameof(BadSettings))]
    public async Task StartAsync_WhenASettingIsBad_NamesPropertyRangeAndFix(string setting, string[] expected)
    {
        await using TestHost host = TestHost.Build(options => Apply(setting, options));

        Exception refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.Host.StartAsync().WithWatchdog());

        Assert.All(expected, text => Assert.Contains(text, refused.Message, StringComparison.Ordinal));
        Assert.Contains("services.AddTaskGroups(options => ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_WhenSettingsAreAtTheirBounds_Works()
    {
        await using TestHost host = await TestHost.StartAsync(options =>
        {
            (options.MaxConcurrency, options.MaxWaiting) = (1, 0);
            (options.DrainTimeout, options.CancelTimeout) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(4_294_967_294));
            options.FailureBehavior = BackgroundFailureBehavior.StopHost;
            options.OnUnfinished = null;
        });

        await host.StopAsync();
    }

    [Fact]
    public void Defaults_AreAsDocumented()
    {
        BackgroundTaskGroupOptions options = new();

        Assert.Equal(
            (null, null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2)),
            (options.MaxConcurrency, options.MaxWaiting, options.DrainTimeout, options.CancelTimeout));
        Assert.Equal(BackgroundFailureBehavior.Log, options.FailureBehavior);
        Assert.Null(options.OnUnfinished);
    }

    // R33: timeouts of zero are legal: no waiting at all
    [Fact]
    public async Task StopAsync_WhenBothTimeoutsAreZero_DoesNotWait()
    {
        await using TestHost host = await TestHost.StartAsync(
            options => (options.DrainTimeout, options.CancelTimeout) = (TimeSpan.Zero, TimeSpan.Zero));
        Gate released = new();
        await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));

        await host.StopAsync();

        Assert.Equal("stubborn", Assert.Single(host.Unfinished).Name);
        released.Open();
    }

    // Style 12: idempotent, returns its receiver
    [Fact]
    public async Task AddTaskGroups_WhenCalledAgain_AddsOnlyItsConfiguration()
    {
        var services = new ServiceCollection();
        Assert.Same(services, services.AddTaskGroups(options => options.MaxConcurrency = 3));
        int count = OwnServices();
        services.AddTaskGroups(options => options.MaxWaiting = 4).AddTaskGroups();

        await using ServiceProvider provider = services.BuildServiceProvider();
        BackgroundTaskGroupOptions options = provider.GetRequiredService<IOptions<BackgroundTaskGroupOptions>>().Value;

        Assert.Equal((3, 4), (options.MaxConcurrency, options.MaxWaiting));
        Assert.Equal(count, OwnServices());
        Assert.Same(provider.GetRequiredService<IBackgroundTaskGroup>(), provider.GetRequiredService<IBackgroundTaskGroup>());
        Refused.ForNull("services", () => ((IServiceCollection)null!).AddTaskGroups());

        int OwnServices() => services.Count(each => each.ServiceType == typeof(ITaskGroup)
            || each.ServiceType.Assembly == typeof(IBackgroundTaskGroup).Assembly || each
                .ImplementationType == typeof(TaskGroupsLifecycle));
    }

    private static void Apply(string setting, BackgroundTaskGroupOptions options)
    {
        switch (setting)
        {
            case "MaxConcurrency = 0":
                options.MaxConcurrency = 0;
                break;
            case "MaxConcurrency = -1":
                options.MaxConcurrency = -1;
                break;
            case "MaxWaiting = -1":
                (options.MaxConcurrency, options.MaxWaiting) = (1, -1);
                break;
            case "MaxWaiting alone":
                options.MaxWaiting = 5;
                break;
            case "DrainTimeout = -1 s":
                options.DrainTimeout = TimeSpan.FromSeconds(-1);
                break;
            case "DrainTimeout = 50 d":
                options.DrainTimeout = TimeSpan.FromDays(50);
                break;
            case "CancelTimeout = infinite":
                options.CancelTimeout = Timeout.InfiniteTimeSpan;
                break;
            case "CancelTimeout = max":
                options.CancelTimeout = TimeSpan.MaxValue;
                break;
            case "FailureBehavior = 7":
                options.FailureBehavior = (BackgroundFailureBehavior)7;
                break;
            case "two at once":
                (options.MaxConcurrency, options.CancelTimeout) = (0, TimeSpan.FromSeconds(-1));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(setting), setting, "unknown");
        }
    }
}
