using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>Background groups with names: found by key, configured apart, drained side by side.</summary>
public sealed class NamedGroupTests
{
    [Fact]
    public async Task GetRequiredKeyedService_GivesEachNameAGroupOfItsOwn()
    {
        await using TestHost host = TestHost.Build(after: services => services
            .AddBackgroundTaskGroup("emails", options => (options.MaxConcurrency, options.MaxWaiting) = (1, 0))
            .AddBackgroundTaskGroup("exports")
            .AddSingleton<Mailer>());
        Gate released = new();
        await host.RunningAsync("mail", _ => released.WaitAsync(CancellationToken.None), host.Group("emails"));

        Refused.With<TaskGroupFullException>(() => host.Group("emails").Run(_ => Task.CompletedTask));
        await host.Group("exports").Run(_ => Task.CompletedTask).WithWatchdog();

        Assert.Equal(("emails", 1), (host.Group("emails").Name, host.Group("emails").RunningCount));
        Assert.Same(host.Group("emails"), host.Services.GetRequiredService<Mailer>().Group);
        Assert.Same(host.Background, host.Group("background"));
        Assert.NotSame(host.Group("emails"), host.Background);
        released.Open();
    }

    [Fact]
    public async Task AddBackgroundTaskGroup_WhenCalledTwiceWithOneName_AddsUp()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services
            .AddBackgroundTaskGroup("emails", options => options.MaxConcurrency = 3)
            .AddBackgroundTaskGroup("emails", options => options.MaxWaiting = 4)
            .AddBackgroundTaskGroup("background", options => options.MaxConcurrency = 5));

        var options = host.Services.GetRequiredService<IOptionsMonitor<BackgroundTaskGroupOptions>>();

        Assert.Equal((3, 4), (options.Get("emails").MaxConcurrency, options.Get("emails").MaxWaiting));
        Assert.Equal(5, options.CurrentValue.MaxConcurrency);
        Assert.Equal(["background", "emails"], host.Services.GetRequiredService<BackgroundGroups>().All.Select(each => each.Name));
    }

    [Theory]
    [InlineData("emials")]
    [InlineData("Emails")]
    [InlineData("")]
    public async Task GetRequiredKeyedService_WhenTheNameIsUnknown_ListsTheKnownOnes(string name)
    {
        await using TestHost host = TestHost.Build(after: services => services.AddBackgroundTaskGroup("emails"));

        Exception refused = Refused.With<InvalidOperationException>(() => host.Group(name));

        Assert.Contains("The known ones are 'background', 'emails'.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetRequiredService_WhenAConstructorNamesAnUnknownGroup_ListsTheKnownOnes()
    {
        await using TestHost host = TestHost.Build(after: services => services.AddSingleton<Mailer>());

        Exception refused = Refused.With<InvalidOperationException>(() => host.Services.GetRequiredService<Mailer>());

        Assert.Contains("There is no background group 'emails'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\nb")]
    [InlineData("a\u202eb")]
    public void AddBackgroundTaskGroup_WhenTheNameIsBad_Throws(string name)
    {
        var services = new ServiceCollection();

        Assert.Equal("name", Assert.Throws<ArgumentException>(() => services.AddBackgroundTaskGroup(name)).ParamName);
        Assert.Throws<ArgumentException>(() => services.AddBackgroundTaskGroup(new string('x', 129)));
        Refused.ForNull("name", () => services.AddBackgroundTaskGroup(null!));
        Refused.ForNull("services", () => ((IServiceCollection)null!).AddBackgroundTaskGroup("emails"));
        Refused.ForNull("section", () => services.AddBackgroundTaskGroup("emails", (IConfiguration)null!));
    }

    [Fact]
    public async Task AddBackgroundTaskGroup_WhenGivenASection_BindsIt()
    {
        IConfiguration configuration = Configuration(
            ("MaxConcurrency", "8"), ("MaxWaiting", "100"), ("DrainTimeout", "00:00:20"), ("FailureBehavior", "StopHost"));
        await using TestHost host = TestHost.Build(after: services => services.AddBackgroundTaskGroup(
            "emails", configuration.GetSection("TaskGroups:Background:emails")));

        BackgroundTaskGroupOptions options = host.Services.GetRequiredService<IOptionsMonitor<BackgroundTaskGroupOptions>>().Get("emails");

        Assert.Equal((8, 100, TimeSpan.FromSeconds(20)), (options.MaxConcurrency, options.MaxWaiting, options.DrainTimeout));
        Assert.Equal(BackgroundFailureBehavior.StopHost, options.FailureBehavior);
    }

    [Theory]
    [InlineData("MaxConcurrency", "many", "TaskGroups:Background:emails:MaxConcurrency")]
    [InlineData("MaxConcurrency", "0", "TaskGroups:Background:emails:MaxConcurrency")]
    [InlineData("DrainTimeout", "-1", "TaskGroups:Background:emails:DrainTimeout")]
    [InlineData("DrainTimout", "00:00:01", "TaskGroups:Background:emails:DrainTimout: no setting")]
    [InlineData("FailureBehavior", "Explode", "TaskGroups:Background:emails:FailureBehavior")]
    public async Task StartAsync_WhenASettingIsBad_NamesTheKey(string key, string value, string expected)
    {
        IConfiguration configuration = Configuration((key, value));
        await using TestHost host = TestHost.Build(after: services => services.AddBackgroundTaskGroup(
            "emails", configuration.GetSection("TaskGroups:Background:emails")));

        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => host.Host.StartAsync().WithWatchdog());

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    // A delegate is set in code; everything else can stand in the configuration.
    [Fact]
    public void Keys_AreTheOptionsThatCanBeConfigured() =>
        Assert.Equal(
            typeof(BackgroundTaskGroupOptions).GetProperties().Select(each => each.Name)
                .Except([nameof(BackgroundTaskGroupOptions.OnUnfinished)]).Order(),
            BackgroundTaskGroupServiceCollectionExtensions.Keys.Order());

    [Fact]
    public async Task StartAsync_WhenAnOptionOfANamedGroupIsBad_SaysWhichGroup()
    {
        await using TestHost host = TestHost.Build(
            after: services => services.AddBackgroundTaskGroup("emails", options => options.MaxConcurrency = 0));

        Exception refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.Host.StartAsync().WithWatchdog());

        Assert.Contains("MaxConcurrency of background group 'emails' is 0", refused.Message, StringComparison.Ordinal);
        Assert.Contains("services.AddBackgroundTaskGroup(\"emails\", options => ", refused.Message, StringComparison.Ordinal);
    }

    // R34: side by side, each with its own phases
    [Fact]
    public async Task StopAsync_DrainsTheGroupsSideBySide()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services.AddBackgroundTaskGroup(
            "emails", options => (options.DrainTimeout, options.CancelTimeout) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4))));
        Task mail = await host.RunningAsync("mail", ct => Task.Delay(Timeout.Infinite, ct), host.Group("emails"));
        Task job = await host.RunningAsync("job", ct => Task.Delay(Timeout.Infinite, ct));

        Task stop = host.StopAsync();
        await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
        await host.PassAsync(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => mail.WithWatchdog());
        Assert.False(host.Background.CancellationToken.IsCancellationRequested);
        Assert.False(stop.IsCompleted);
        host.Clock.Advance(TestHost.DrainTimeout);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job.WithWatchdog());
        await stop;

        Assert.Equal(2, host.Log.Entries.Count(each => each.Message.Contains("was drained", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task StopAsync_WhenGroupsHaveTheirOwnOnUnfinished_CallsEachForItsChildren()
    {
        Trail trail = new();
        await using TestHost host = await TestHost.StartAsync(after: services => services.AddBackgroundTaskGroup(
            "emails",
            options =>
            {
                (options.DrainTimeout, options.CancelTimeout) = (TestHost.DrainTimeout, TestHost.CancelTimeout);
                options.OnUnfinished = (child, _) =>
                {
                    trail.Add($"{child.Group}/{child.Name}/{child.Reason}");
                    return ValueTask.CompletedTask;
                };
            }));
        await host.RunningAsync("mail", ct => Task.Delay(Timeout.Infinite, ct), host.Group("emails"));
        await host.RunningAsync("job", ct => Task.Delay(Timeout.Infinite, ct));

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await stop;

        Assert.Equal(["emails/mail/Canceled"], trail.Steps);
        Assert.Equal("job", Assert.Single(host.Unfinished).Name);
    }

    // R33: a scope that a child opened by hand is not canceled while another group still waits for its children to finish
    [Fact]
    public async Task StopAsync_WhenOneGroupIsInItsHardPhase_LeavesScopesOfTheOthersAlone()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services.AddBackgroundTaskGroup(
            "emails", options => (options.DrainTimeout, options.CancelTimeout) = (TimeSpan.Zero, TestHost.CancelTimeout)));
        Gate mayEnd = new();
        await host.RunningAsync("mail", ct => Task.Delay(Timeout.Infinite, ct), host.Group("emails"));
        Task byHand = await host.RunningAsync("by hand", async _ =>
        {
            await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(ct => mayEnd.WaitAsync(ct));
        });

        Task stop = host.StopAsync();
        await host.Log.WaitForAsync(each => each.Message.Contains("'emails' was drained", StringComparison.Ordinal)).WithWatchdog();
        mayEnd.Open();
        await stop;

        Assert.True(byHand.IsCompletedSuccessfully);
    }

    // R34: one budget, planned at start
    [Fact]
    public async Task StartAsync_WhenANamedGroupDoesNotFit_WarnsWithItsNumbers()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services
            .Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(20))
            .AddBackgroundTaskGroup("exports", options => options.DrainTimeout = TimeSpan.FromSeconds(100)));

        LogEntry warning = Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning));

        Assert.Equal(("exports", 103d), (warning["TaskGroup"], warning["Seconds"]));
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.ToDictionary(each => $"TaskGroups:Background:emails:{each.Key}", each => (string?)each.Value))
        .Build();

    internal sealed class Mailer([FromKeyedServices("emails")] IBackgroundTaskGroup group)
    {
        public IBackgroundTaskGroup Group => group;
    }
}
