using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>R36: a failure of background work is logged, at once and once.</summary>
[Collection(nameof(BackgroundFailureTests))]
[CollectionDefinition(nameof(BackgroundFailureTests), DisableParallelization = true)] // the exit code belongs to the process
public sealed class BackgroundFailureTests
{
    // R36
    [Fact]
    public async Task Run_WhenAChildFails_LogsItAtOnceAndFailsNothingElse()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate released = new();
        Task sibling = await host.RunningAsync("sibling", ct => released.WaitAsync(ct));
        var failure = new InvalidOperationException("no mail server");
        Gate mayFail = new();
        Task child = await host.RunningAsync("mail", async _ =>
        {
            await mayFail.WaitAsync(CancellationToken.None);
            throw failure;
        });
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        mayFail.Open();

        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog()));

        LogEntry error = Assert.Single(host.Errors);
        Assert.Same(failure, error.Exception);
        Assert.Equal(("background", "mail", 2_000d), (error["TaskGroup"], error["Child"], error["ElapsedMs"]));
        Assert.Empty(host.Log.OfTaskGroups(LogLevel.Warning).Except(host.Errors));
        Assert.False(sibling.IsCompleted);
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        Assert.Equal(0, Environment.ExitCode);
        released.Open();
        await sibling.WithWatchdog();
    }

    // R36: the child need not be awaited
    [Fact]
    public async Task TryRun_WhenTheChildFails_LogsIt()
    {
        await using TestHost host = TestHost.Build();

        Assert.True(host.Background.TryRun(_ => throw new InvalidOperationException("unheard"), "dropped"));

        LogEntry error = await host.Log.WaitForAsync(each => each.Level == LogLevel.Error).WithWatchdog();
        Assert.Equal("dropped", error["Child"]);
    }

    // R36
    [Fact]
    public async Task Run_WhenAChildFailsUnderStopHost_StopsTheHostWithAnExitCode()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.FailureBehavior = BackgroundFailureBehavior.StopHost);
        IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        Gate stopping = new();
        using CancellationTokenRegistration registration = lifetime.ApplicationStopping.Register(stopping.Open);
        Gate released = new();
        Task sibling = await host.RunningAsync("sibling", ct => released.WaitAsync(ct));
        try
        {
            Task child = host.Background.Run(_ => throw new InvalidOperationException("broken"), "consumer");
            await stopping.WaitAsync().WithWatchdog();

            Assert.True(child.IsFaulted);
            Assert.Equal(1, Environment.ExitCode);
            Task stop = host.StopAsync();
            await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
            Assert.False(host.Background.CancellationToken.IsCancellationRequested);
            released.Open();
            await stop;

            Assert.True(sibling.IsCompletedSuccessfully);
            Assert.Equal([LogLevel.Error, LogLevel.Critical], host.Errors.Select(each => each.Level));
            Assert.All(host.Errors, each => Assert.Equal("consumer", each["Child"]));
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }

    // R36: a host that is stopping is not stopped again, and its exit code stays that of its own stop
    [Fact]
    public async Task Run_WhenAChildFailsUnderStopHostDuringTheStop_IsAFailureOnly()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.FailureBehavior = BackgroundFailureBehavior.StopHost);
        await host.RunningAsync("poller", async _ =>
        {
            Gate stopping = new();
            using CancellationTokenRegistration registration = host.Background.StoppingToken.Register(stopping.Open);
            await stopping.WaitAsync(CancellationToken.None);
            throw new IOException("disconnected");
        });
        try
        {
            await host.StopAsync().WithWatchdog();

            Assert.Equal(0, Environment.ExitCode);
            Assert.Equal(LogLevel.Error, Assert.Single(host.Errors).Level);
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }

    // R36: a host whose StopAsync is called tells its services of the stop before it says ApplicationStopping
    [Fact]
    public async Task Run_WhenAChildFailsBeforeTheHostSaysThatItStops_IsAFailureOnly()
    {
        HoldsStopping holding = new();
        await using TestHost host = await TestHost.StartAsync(
            options => options.FailureBehavior = BackgroundFailureBehavior.StopHost,
            before: services => services.AddHostedService(_ => holding)); // the last that is told
        Gate stopping = new();
        Task child = host.Background.Run(
            async _ =>
            {
                await stopping.WaitAsync(CancellationToken.None);
                throw new IOException("disconnected");
            },
            "poller");
        await using CancellationTokenRegistration registration = host.Background.StoppingToken.Register(stopping.Open);
        try
        {
            Task stop = host.StopAsync();
            await Assert.ThrowsAsync<IOException>(() => child.WithWatchdog());
            await host.Log.WaitForAsync(each => each.Level >= LogLevel.Error).WithWatchdog();
            Assert.False(host.Lifetime.ApplicationStopping.IsCancellationRequested);
            holding.MayGoOn.Open();
            await stop.WithWatchdog();

            Assert.Equal(0, Environment.ExitCode);
            Assert.Equal(LogLevel.Error, Assert.Single(host.Errors).Level);
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }

    // R36: a failure that is the starter's own, or has a fallback, fails nothing else; it is logged all the same
    [Fact]
    public async Task RunOrDefault_WhenTheChildFailsUnderStopHost_LogsItAndTheHostRunsOn()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.FailureBehavior = BackgroundFailureBehavior.StopHost);

        Assert.Equal(
            5,
            await host.Background.RunOrDefault(Task<int> (_) => throw new InvalidOperationException("optional"), 5).WithWatchdog());
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => host.Background.StartAsync<int>((_, _) => throw new InvalidOperationException("not ready")).WithWatchdog());

        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await host.StopAsync(); // the starter may know before the log does
        Assert.Equal(["not ready"], host.Errors.Select(each => each.Exception!.Message));
        LogEntry optional = Assert.Single(host.Log.OfTaskGroups(), each => each.Level == LogLevel.Warning);
        Assert.Equal(("optional", null), (optional["FailureMessage"], optional.Exception));
        Assert.Equal(0, Environment.ExitCode);
    }

    // R14, R36: a task may hold several failures
    [Fact]
    public async Task Run_WhenAChildFailsInSeveralWays_LogsEach()
    {
        await using TestHost host = await TestHost.StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Background.Run(_ => FailTwice()).WithWatchdog());
        Assert.Equal(5, await host.Background.RunOrDefault(_ => FailTwice(), 5).WithWatchdog());

        await host.StopAsync();
        Assert.Equal(
            ["first", "second", "first", "second"],
            host.Log.Entries.Where(each => each.Level >= LogLevel.Warning)
                .Select(each => each.Exception?.Message ?? each["FailureMessage"]));

        static Task<int> FailTwice()
        {
            TaskCompletionSource<int> twice = new();
            twice.SetException([new InvalidOperationException("first"), new InvalidOperationException("second")]);
            return twice.Task;
        }
    }

    // R36: an exit code that is set already stays
    [Fact]
    public async Task Run_WhenAnExitCodeIsSet_KeepsIt()
    {
        await using TestHost host = TestHost.Build(options => options.FailureBehavior = BackgroundFailureBehavior.StopHost);
        try
        {
            Environment.ExitCode = 42;
            await Assert.ThrowsAsync<InvalidOperationException>(
                () => host.Background.Run(_ => throw new InvalidOperationException()).WithWatchdog());
            Assert.Equal(42, Environment.ExitCode);
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }

    // R34, R36
    [Fact]
    public async Task StopAsync_WhenChildrenFailDuringTheDrain_GivesTheOthersTheirFullTime()
    {
        await using TestHost host = await TestHost.StartAsync();
        CancellationToken stopping = host.Background.StoppingToken;
        async Task FailWhenStopped(string message)
        {
            await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new InvalidOperationException(message);
        }

        Task first = await host.RunningAsync("first", _ => FailWhenStopped("1"));
        Task second = await host.RunningAsync("second", _ => FailWhenStopped("2"));
        Gate released = new();
        Task third = await host.RunningAsync("third", ct => released.WaitAsync(ct));

        Task stop = host.StopAsync();
        await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.WithWatchdog());
        await Assert.ThrowsAsync<InvalidOperationException>(() => second.WithWatchdog());
        host.Clock.Advance(TestHost.DrainTimeout - TimeSpan.FromMilliseconds(1));
        Assert.False(third.IsCompleted);
        released.Open();
        await stop;

        Assert.True(third.IsCompletedSuccessfully);
        Assert.Equal(["first", "second"], host.Errors.Select(each => each["Child"]).Order());
        Assert.Empty(host.Unfinished);
    }

    // R7, R36: the failure of a nested group that no code awaits is logged as well, whatever its policy
    [Theory]
    [InlineData(FailurePolicy.FailFast)]
    [InlineData(FailurePolicy.CollectAll)]
    public async Task RunGroupAsync_WhenTheNestedGroupFails_LogsIt(FailurePolicy policy)
    {
        await using TestHost host = TestHost.Build();

        Task unawaited = host.Background.RunGroupAsync(
            group => group.Run(_ => throw new InvalidOperationException("inside")), new TaskGroupOptions
            {
                Name = "import",
                FailurePolicy = policy
            });

        LogEntry error = await host.Log.WaitForAsync(each => each.Level == LogLevel.Error).WithWatchdog();
        Assert.Equal(("background", "import", "inside"), (error["TaskGroup"], error["Child"], error.Exception?.Message));
    }

    // R7, R36: no code awaits the group, so no child of the background group fails with it, and its failure would be in no log
    [Theory]
    [InlineData(FailurePolicy.FailFast, "nested")]
    [InlineData(FailurePolicy.CollectAll, "nested")]
    [InlineData(FailurePolicy.FailFast, "scoped")]
    [InlineData(FailurePolicy.CollectAll, "scoped")]
    public async Task RunGroupAsync_WhenADeeperGroupFailsUnawaited_LogsItAtDebug(FailurePolicy policy, string place)
    {
        await using TestHost host = TestHost.Build();

        await (place == "nested"
            ? host.Background.RunGroupAsync(OpenUnawaited)
            : host.Background.RunScoped((ITaskGroup scope, CancellationToken _) => OpenUnawaited(scope))).WithWatchdog();

        LogEntry line = Assert.Single(host.Log.OfTaskGroups(), each => each.Exception is not null);
        Assert.Equal((LogLevel.Debug, "import", "inside"), (line.Level, line["TaskGroup"], line.Exception!.Message));

        Task OpenUnawaited(ITaskGroup outer)
        {
            outer.RunGroupAsync(
                group => group.Run(_ => throw new InvalidOperationException("inside")), new TaskGroupOptions
                {
                    Name = "import",
                    FailurePolicy = policy
                });
            return Task.CompletedTask;
        }
    }

    // R36: a group that runs out of time fails as well
    [Fact]
    public async Task RunGroupAsync_WhenADeeperGroupTimesOutUnawaited_LogsItAtDebug()
    {
        await using TestHost host = TestHost.Build();
        Gate opened = new();
        Task outer = host.Background.RunGroupAsync(nested =>
        {
            nested.RunGroupAsync(
                group => group.Run(ct => Task.Delay(Timeout.Infinite, ct)), new TaskGroupOptions
                {
                    Name = "import",
                    Timeout = TimeSpan.FromSeconds(2)
                });
            opened.Open();
            return Task.CompletedTask;
        });
        await opened.WaitAsync().WithWatchdog();

        host.Clock.Advance(TimeSpan.FromSeconds(2));
        await outer.WithWatchdog();

        LogEntry line = Assert.Single(host.Log.OfTaskGroups(), each => each.Exception is TimeoutException);
        Assert.Equal((LogLevel.Debug, "import"), (line.Level, line["TaskGroup"]));
    }

    // R36: what fails the child is the child's failure, in one line
    [Fact]
    public async Task RunScoped_WhenTheGroupOfItsScopeFails_LogsTheFailureOnce()
    {
        await using TestHost host = TestHost.Build();

        Task child = host.Background
            .RunScoped((ITaskGroup scope, CancellationToken _) => scope.Run(_ => throw new InvalidOperationException("inside")));

        await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog());
        Assert.Equal(LogLevel.Error, Assert.Single(host.Log.OfTaskGroups(), each => each.Exception is not null).Level);
    }

    // R36: one failure, one line
    [Fact]
    public async Task Run_WhenTheChildAwaitsAFailingNestedGroup_LogsTheFailureOnce()
    {
        await using TestHost host = TestHost.Build();
        IBackgroundTaskGroup background = host.Background;

        Task child = background.Run(
            _ => background.RunGroupAsync(group => group.Run(_ => throw new InvalidOperationException("inside"))), "outer");

        await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog());
        Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning));
    }

    // R14: second failures below a background child are warnings
    [Fact]
    public async Task Run_WhenANestedGroupFailsTwice_LogsTheSecondAsUnseen()
    {
        await using TestHost host = TestHost.Build();
        Task nested = host.Background.RunGroupAsync(
            group =>
            {
                group.Run(_ => throw new InvalidOperationException("first"), "a");
                group.Run(_ => throw new InvalidOperationException("second"), "b");
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Name = "import", FailurePolicy = FailurePolicy.CollectAll, ChildStart = ChildStart.Inline });

        await Assert.ThrowsAsync<InvalidOperationException>(() => nested.WithWatchdog());

        Assert.Equal(
            [(LogLevel.Warning, "second"), (LogLevel.Error, "first")],
            host.Log.OfTaskGroups(LogLevel.Warning).Select(each => (each.Level, each.Exception!.Message)));
    }

    // R33, R37
    [Fact]
    public async Task DisposeAsync_WhenAnAbandonedChildMeetsTheDisposedContainer_IsNoNewFailure()
    {
        TestHost host = await TestHost.StartAsync(after: services => services.AddScoped<object>());
        Gate released = new();
        IBackgroundTaskGroup background = host.Background;
        IServiceProvider root = host.Services;
        Exception? refusal = null;
        bool invoked = false;
        Task child = await host.RunningAsync("stubborn", async _ =>
        {
            await released.WaitAsync(CancellationToken.None);
            refusal = Refused.With<InvalidOperationException>(() => background.RunScoped((object _, CancellationToken _) =>
            {
                invoked = true;
                return Task.CompletedTask;
            }));
            root.GetRequiredService<IHostApplicationLifetime>();
        });

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await host.PassCancelTimeoutAsync();
        await stop;
        await host.DisposeAsync();
        released.Open();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => child.WithWatchdog());
        Assert.NotNull(refusal);
        Assert.False(invoked);
        Assert.Equal("stubborn", Assert.Single(host.Errors)["Child"]);
        Assert.Single(host.Log.OfTaskGroups(), each => each.Exception is ObjectDisposedException && each.Level == LogLevel.Debug);
    }

    // R14: a callback on the group's token that throws is logged
    [Fact]
    public async Task Cancel_WhenACallbackThrows_LogsIt()
    {
        await using TestHost host = TestHost.Build();
        using CancellationTokenRegistration registration =
            host.Background.CancellationToken.Register(() => throw new InvalidOperationException("in a callback"));

        host.Background.Cancel();

        LogEntry warning = await host.Log.WaitForAsync(each => each.Exception?.Message == "in a callback").WithWatchdog();
        Assert.Equal((LogLevel.Warning, "background"), (warning.Level, warning["TaskGroup"]));
    }

    // Stragglers are named while the drain waits, and not again after they were abandoned
    [Theory]
    [InlineData(6, 1)]
    [InlineData(4, 0)]
    public async Task StopAsync_WhenAChildStraggles_NamesItOnlyWhileItIsWaitedFor(double cancelSeconds, int warnings)
    {
        TimeSpan cancelTimeout = TimeSpan.FromSeconds(cancelSeconds);
        await using TestHost host = await TestHost.StartAsync(options => options.CancelTimeout = cancelTimeout);
        Gate released = new();
        await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await host.PassAsync(cancelTimeout);
        await stop;
        host.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(warnings, host.Log.OfTaskGroups()
            .Count(each => each.Message.Contains("still runs", StringComparison.Ordinal) && each.Level == LogLevel.Warning));
        released.Open();
    }
}
