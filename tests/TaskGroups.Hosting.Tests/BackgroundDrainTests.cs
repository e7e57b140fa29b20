using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>R33, R34: what shutdown does to background work.</summary>
public sealed class BackgroundDrainTests
{
    // R33
    [Fact]
    public async Task StopAsync_WhenNothingRuns_IsOverWithoutATimer()
    {
        await using TestHost host = await TestHost.StartAsync();

        await host.StopAsync();

        Assert.Equal(0, host.Clock.LiveTimers);
        Assert.Single(host.Log.Entries, each => each.Message.Contains("was drained", StringComparison.Ordinal));
    }

    // R33
    [Fact]
    public async Task StopAsync_WhenChildrenFinishInTime_WaitsForAllOfThem()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate[] gates = [new(), new(), new()];
        Task[] children =
        [
            await host.RunningAsync("first", ct => gates[0].WaitAsync(ct)),
            await host.RunningAsync("second", ct => gates[1].WaitAsync(ct)),
            await host.RunningAsync("third", ct => gates[2].WaitAsync(ct)),
        ];

        Task stop = host.StopAsync();
        await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
        foreach (Gate gate in gates)
        {
            Assert.False(stop.IsCompleted);
            gate.Open();
        }

        await stop;

        Assert.All(children, child => Assert.True(child.IsCompletedSuccessfully));
        Assert.Empty(host.Unfinished);
        Assert.Empty(host.Log.OfTaskGroups(LogLevel.Warning));
        LogEntry begins = Assert.Single(
            host.Log.Entries,
            each => each.Message.Contains("is draining: 3 running, 0 waiting", StringComparison.Ordinal));
        Assert.Equal((LogLevel.Information, "background"), (begins.Level, begins["TaskGroup"]));
        Assert.Equal(0, host.Clock.LiveTimers);
    }

    // R33: children get the soft signal when the shutdown begins, and are canceled only after DrainTimeout
    [Fact]
    public async Task StopAsync_WhenAChildHonorsTheSoftSignal_DoesNotCancelIt()
    {
        await using TestHost host = await TestHost.StartAsync();
        CancellationToken stopping = host.Background.StoppingToken;
        bool wasCanceled = true;
        Task child = await host.RunningAsync("polite", async ct =>
        {
            await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wasCanceled = ct.IsCancellationRequested;
        });

        await host.StopAsync();

        await child;
        Assert.False(wasCanceled);
    }

    // R33
    [Fact]
    public async Task StopAsync_WhenDrainTimeoutPasses_CancelsAndWaits()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate cleanedUp = new();
        Task child = await host.RunningAsync("slow", async ct =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, ct);
            }
            finally
            {
                await cleanedUp.WaitAsync(CancellationToken.None);
            }
        });

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await host.Clock.WaitForTimerAsync(TestHost.CancelTimeout).WithWatchdog();
        Assert.Equal(CancellationReason.HostStopping, host.Background.CancellationReason);
        Assert.False(stop.IsCompleted);
        cleanedUp.Open();
        await stop;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child);
        Assert.Equal(
            new UnfinishedChild("background", "slow", UnfinishedReason.Canceled, TimeSpan.FromSeconds(70)), Assert.Single(host.Unfinished));
        Assert.Empty(host.Errors);
        LogEntry report = Assert.Single(host.Log.Entries, each => each.Message.Contains("was drained", StringComparison.Ordinal));
        Assert.Equal((LogLevel.Information, 1, 0), (report.Level, report["CanceledCount"], report["StillRunningCount"]));
    }

    // R33, R34
    [Fact]
    public async Task StopAsync_WhenAChildIgnoresItsToken_NamesItAndGoesOn()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate released = new();
        Task child = await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await host.PassCancelTimeoutAsync();
        await stop;

        Assert.False(child.IsCompleted);
        LogEntry error = Assert.Single(host.Errors);
        Assert.Equal(("background", "stubborn", 73_000d), (error["TaskGroup"], error["Child"], error["ElapsedMs"]));
        Assert.Equal(
            new UnfinishedChild("background", "stubborn", UnfinishedReason.StillRunning, TimeSpan.FromSeconds(73)),
            Assert.Single(host.Unfinished));
        LogEntry report = Assert.Single(host.Log.Entries, each => each.Message.Contains("was drained", StringComparison.Ordinal));
        Assert.Equal((LogLevel.Warning, 1), (report.Level, report["StillRunningCount"]));
        released.Open();
        await child.WithWatchdog();
    }

    [Fact]
    public async Task StopAsync_WhenChildrenAreLeft_LogsTheTreeOfWhatStillRuns()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate released = new();
        Task polite = await host.RunningAsync("polite", ct => Task.Delay(Timeout.Infinite, ct));
        Task stubborn = await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polite.WithWatchdog()); // it has left before the tree is taken
        await host.PassCancelTimeoutAsync();
        await stop;

        LogEntry tree = Assert.Single(host.Log.Entries, each => each.EventId.Id == 27);
        string[] lines = tree.Message.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        Assert.Equal("What still runs as the application ends:", lines[0]);
        Assert.Contains("draining", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("└─ [background] background", lines[2], StringComparison.Ordinal);
        Assert.Equal("   └─ stubborn  1 min 13 s  ending", lines[3]);
        Assert.Equal(4, lines.Length);
        released.Open();
        await stubborn.WithWatchdog();
    }

    // Who is below a survivor is named as well, with the name of the nested group
    [Fact]
    public async Task StopAsync_WhenANestedChildIgnoresItsToken_NamesItWithItsGroup()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate released = new();
        Gate nestedStarted = new();
        Task nested = host.Background.RunGroupAsync(
            group => group.Run(
                _ =>
                {
                    nestedStarted.Open();
                    return released.WaitAsync(CancellationToken.None);
                },
                "inner"),
            new TaskGroupOptions { Name = "import" });
        Task bare = host.Background.RunGroupAsync(_ => released.WaitAsync(), new TaskGroupOptions { Name = "body only" });
        await nestedStarted.WaitAsync().WithWatchdog();

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await host.PassCancelTimeoutAsync();
        await stop;

        Assert.Equal(
            [("background", "body only"), ("import", "inner")],
            host.Unfinished.Select(each => (each.Group, each.Name)).Order());
        released.Open();
        await bare.WithWatchdog();
        await nested.WithWatchdog();
    }

    // R33: OnUnfinished also for children that never started
    [Fact]
    public async Task StopAsync_WhenChildrenStillWait_ReportsThatTheyNeverStarted()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.MaxConcurrency = 1);
        Task running = await host.RunningAsync("running", ct => Task.Delay(Timeout.Infinite, ct));
        bool invoked = false;
        Task waiting = host.Background.Run(
            _ =>
            {
                invoked = true;
                return Task.CompletedTask;
            },
            "waiting");
        host.Clock.Advance(TimeSpan.FromSeconds(1));

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await stop;

        Assert.False(invoked);
        Assert.True(waiting.IsCanceled);
        Assert.True(running.IsCanceled);
        Assert.Equal(
            [
                new UnfinishedChild("background", "running", UnfinishedReason.Canceled, TimeSpan.FromSeconds(71)),
                new UnfinishedChild("background", "waiting", UnfinishedReason.NeverStarted, TimeSpan.FromSeconds(71)),
            ],
            host.Unfinished.OrderBy(each => each.Name));
        LogEntry error = Assert.Single(host.Errors);
        Assert.Equal(("background", "waiting"), (error["TaskGroup"], error["Child"]));
        LogEntry report = Assert.Single(host.Log.Entries, each => each.Message.Contains("was drained", StringComparison.Ordinal));
        Assert.Equal((1, 0, 1), (report["CanceledCount"], report["StillRunningCount"], report["NeverStartedCount"]));
    }

    // Children that wait for a slot are work that was accepted; the soft phase does them
    [Fact]
    public async Task StopAsync_WhenChildrenStillWait_RunsThemInTheSoftPhase()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.MaxConcurrency = 1);
        Gate released = new();
        Task running = await host.RunningAsync("running", _ => released.WaitAsync(CancellationToken.None));
        Task waiting = host.Background.Run(_ => Task.CompletedTask, "waiting");

        Task stop = host.StopAsync();
        await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
        released.Open();
        await stop;

        Assert.True(running.IsCompletedSuccessfully && waiting.IsCompletedSuccessfully);
    }

    // R33, R34: what OnUnfinished throws is logged and changes nothing else
    [Fact]
    public async Task StopAsync_WhenOnUnfinishedThrowsOrHangs_IsBounded()
    {
        Gate told = new(opensAfter: 3);
        CancellationToken timeUp = default;
        await using TestHost host = await TestHost.StartAsync(options => options.OnUnfinished = async (child, ct) =>
        {
            told.Open();
            switch (child.Name)
            {
                case "throws":
                    throw new InvalidOperationException("cannot save it");
                case "hangs":
                    timeUp = ct;
                    await Task.Delay(Timeout.Infinite, CancellationToken.None);
                    break;
            }
        });
        Gate released = new();
        foreach (string name in (string[])["throws", "hangs", "fine"])
        {
            await host.RunningAsync(name, _ => released.WaitAsync(CancellationToken.None));
        }

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await host.PassCancelTimeoutAsync();
        await told.WaitAsync().WithWatchdog();
        await host.Clock.WaitForTimersAsync(ShutdownBudget.Report, 2).WithWatchdog(); // the first one is that of the progress lines
        host.Clock.Advance(ShutdownBudget.Report);
        await stop;

        Assert.True(timeUp.IsCancellationRequested);
        Assert.Single(
            host.Errors,
            each => each.Exception is InvalidOperationException { Message: "cannot save it" } && (string?)each["Child"] == "throws");
        Assert.Single(host.Errors, each => each.Message
            .Contains("OnUnfinished of background group 'background' did not end within 1000 ms", StringComparison.Ordinal));
        released.Open();
    }

    // R34
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StopAsync_WhenTheHostRunsOutOfTime_SkipsToTheHardPhase(bool beforeTheCall)
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate released = new();
        Task polite = await host.RunningAsync("polite", ct => Task.Delay(Timeout.Infinite, ct));
        await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));
        using var outOfTime = new CancellationTokenSource();
        if (beforeTheCall)
        {
            await outOfTime.CancelAsync();
        }

        Task stop = host.Host.StopAsync(outOfTime.Token).WithWatchdog();
        if (!beforeTheCall)
        {
            await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
            await outOfTime.CancelAsync();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polite.WithWatchdog());
        await host.PassCancelTimeoutAsync();
        await stop;

        Assert.Equal(
            [("polite", UnfinishedReason.Canceled), ("stubborn", UnfinishedReason.StillRunning)],
            host.Unfinished.Select(each => (each.Name, each.Reason)));
        released.Open();
    }

    // R34
    [Fact]
    public async Task StopAsync_WhenCalledTwiceAtOnce_DrainsOnce()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate released = new();
        await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));

        Task[] stops = [host.StopAsync(), host.StopAsync()];
        await host.PassDrainTimeoutAsync();
        await host.PassCancelTimeoutAsync();
        await Task.WhenAll(stops);
        await host.StopAsync();

        Assert.Single(host.Unfinished);
        Assert.Single(host.Errors);
        Assert.Single(host.Log.Entries, each => each.Message.Contains(" is draining: ", StringComparison.Ordinal));
        Assert.Single(host.Log.Entries, each => each.Message.Contains("was drained", StringComparison.Ordinal));
        released.Open();
    }

    // Never started
    [Fact]
    public async Task DisposeAsync_WhenTheHostWasNeverStarted_CancelsTheChildren()
    {
        TestHost host = TestHost.Build();
        Task child = await host.RunningAsync("child", ct => Task.Delay(Timeout.Infinite, ct));

        await host.DisposeAsync();

        Assert.True(child.IsCanceled);
    }

    // Disposed without stop, a stubborn child
    [Fact]
    public async Task DisposeAsync_WhenTheHostWasNotStopped_WaitsNoLongerThanCancelTimeout()
    {
        TestHost host = await TestHost.StartAsync();
        Gate released = new();
        await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));

        Task disposal = host.DisposeAsync().AsTask();
        await host.PassCancelTimeoutAsync();
        await disposal;

        Assert.Equal("stubborn", Assert.Single(host.Unfinished).Name);
        released.Open();
    }

    // A container without a host, disposed synchronously
    [Fact]
    public async Task Dispose_WhenThereIsNoHost_CancelsAndJoinsTheChildren()
    {
        ServiceProvider services = new ServiceCollection().AddTaskGroups().BuildServiceProvider();
        Gate started = new();
        Task child = services.GetRequiredService<IBackgroundTaskGroup>().Run(ct =>
        {
            started.Open();
            return Task.Delay(Timeout.Infinite, ct);
        });
        await started.WaitAsync().WithWatchdog();

        await Task.Run(services.Dispose).WithWatchdog();

        Assert.True(child.IsCanceled);
    }

    // R33, R34: services that start after the stop refuse to, and the host gives up; else it stops as soon as it has started
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StopApplication_DuringTheStart_LeavesNothingBehind(bool first)
    {
        Action<IServiceCollection> add = services => services.AddHostedService<StopsAtStart>();
        await using TestHost host = TestHost.Build(before: first ? add : null, after: first ? null : add);
        IBackgroundTaskGroup background = host.Background;
        Task job = await host.RunningAsync("job", _ => Task.Delay(Timeout.Infinite, background.StoppingToken));

        Exception? thrown = await Record.ExceptionAsync(() => host.Host.RunAsync().WithWatchdog());

        Assert.True(thrown is null or OperationCanceledException, $"{thrown}");
        Assert.True(job.IsCanceled);
        Action startLate = () => background.Run(_ => Task.CompletedTask);
        Assert.Throws<InvalidOperationException>(startLate);
        Assert.Empty(host.Errors);
        Assert.Empty(host.Unfinished);
    }

    // Start canceled
    [Fact]
    public async Task StartAsync_WhenCanceled_LeavesNothingBehind()
    {
        TestHost host = TestHost.Build();
        Task child = await host.RunningAsync("child", ct => Task.Delay(Timeout.Infinite, ct));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => host.Host.StartAsync(new CancellationToken(canceled: true)).WithWatchdog());
        await host.DisposeAsync();

        Assert.True(child.IsCanceled);
    }

    // R34
    [Fact]
    public async Task RunAsync_WhenAServiceFailsToStart_JoinsTheChildrenAndThrowsItsFailure()
    {
        Trail trail = new();
        var failure = new InvalidOperationException("cannot start");
        TestHost host = TestHost.Build(after: services => services.AddHostedService(
            provider => new FailsToStart(provider.GetRequiredService<IBackgroundTaskGroup>(), trail, failure)));

        Exception thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Host.RunAsync().WithWatchdog());

        Assert.Same(failure, thrown);
        Assert.Equal(["child ended"], trail.Steps);
    }

    // R34, R35: accepted while other services still stop, in whatever order and manner
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task StopAsync_WhenAServerIsSlowToStop_DrainsAfterIt(bool serverFirst, bool concurrently)
    {
        SlowToStop server = new();
        void AddServer(IServiceCollection services)
        {
            services.AddSingleton<IHostedService>(server);
            services.Configure<HostOptions>(options => options.ServicesStopConcurrently = concurrently);
        }

        await using TestHost host = await TestHost.StartAsync(
            before: serverFirst ? AddServer : null,
            after: serverFirst ? null : AddServer);
        Gate released = new();
        await host.RunningAsync("early", _ => released.WaitAsync(CancellationToken.None));

        Task stop = host.StopAsync();
        await server.StopBegan.WaitAsync().WithWatchdog();
        Assert.True(host.Background.StoppingToken.IsCancellationRequested);
        Task late = await host.RunningAsync("late", _ => released.WaitAsync(CancellationToken.None));
        Assert.True(host.Background.TryRun(_ => Task.CompletedTask, "later"));
        host.Clock.Advance(TestHost.DrainTimeout); // requests take their time; the drain has its own
        server.MayStop.Open();
        await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
        Assert.False(host.Background.CancellationToken.IsCancellationRequested);
        released.Open();
        await stop;

        Assert.True(late.IsCompletedSuccessfully);
        Assert.Empty(host.Unfinished);
    }

    // R33
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task StopAsync_WhenSomeChildrenHaveEnded_CompletesAfterTheLast(int endedBefore)
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate[] gates = [new(), new(), new()];
        Task[] children = [.. await Task.WhenAll(
            gates.Select((gate, index) => host.RunningAsync($"child {index}", _ => gate.WaitAsync(CancellationToken.None))))];
        for (int index = 0; index < endedBefore; index++)
        {
            gates[index].Open();
            await children[index].WithWatchdog();
        }

        Task stop = host.StopAsync();
        for (int index = endedBefore; index < gates.Length; index++)
        {
            Assert.False(stop.IsCompleted);
            gates[index].Open();
        }

        await stop;

        Assert.All(children, child => Assert.True(child.IsCompletedSuccessfully));
        Assert.Single(host.Log.Entries, each => each.Message.Contains("was drained", StringComparison.Ordinal));
    }

    // R2, R5, R33
    [Fact]
    public async Task StopAsync_WhenTheLastChildOpensANestedGroup_WaitsForThatOneToo()
    {
        await using TestHost host = await TestHost.StartAsync();
        Trail trail = new();
        Gate nestedMayEnd = new();
        Gate drainBegan = new();
        IBackgroundTaskGroup background = host.Background;
        Task child = await host.RunningAsync("last", async _ =>
        {
            await drainBegan.WaitAsync(CancellationToken.None);
            Refused.With<InvalidOperationException>(() => background.Run(_ => Task.CompletedTask));
            Task unawaited = background.RunGroupAsync(async group =>
            {
                trail.Add("nested group open");
                await group.Run(async ct =>
                {
                    await nestedMayEnd.WaitAsync(ct);
                    trail.Add("nested child ended");
                });
            });
        });

        Task stop = host.StopAsync();
        await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
        drainBegan.Open();
        await child.WithWatchdog();
        Assert.False(stop.IsCompleted);
        nestedMayEnd.Open();
        await stop;

        Assert.Equal(["nested group open", "nested child ended"], trail.Steps);
        Assert.Empty(host.Unfinished);
    }

    // R33: scopes that a background child opened by hand are under "requests"; they are canceled in the hard phase as well
    [Fact]
    public async Task StopAsync_WhenABackgroundChildHasAScopeMadeByHand_CancelsItsGroupToo()
    {
        await using TestHost host = await TestHost.StartAsync();
        Task child = await host.RunningAsync("by hand", async _ =>
        {
            await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(ct => Task.Delay(Timeout.Infinite, ct));
        });

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await stop;

        Assert.True(child.IsCompletedSuccessfully);
        Assert.Empty(host.Unfinished);
    }

    // R34: a budget that cannot fit is a warning when the host starts
    [Theory]
    [InlineData(73, true)]
    [InlineData(74, false)]
    [InlineData(-0.001, false)]
    public async Task StartAsync_WhenTheBudgetsCannotFit_Warns(double shutdownSeconds, bool warns)
    {
        await using TestHost host = await TestHost.StartAsync(
            after: services => services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(shutdownSeconds)));

        IReadOnlyList<LogEntry> warnings = host.Log.OfTaskGroups(LogLevel.Warning);

        Assert.Equal(warns ? 1 : 0, warnings.Count);
        if (warns)
        {
            Assert.Contains("options.ShutdownTimeout = TimeSpan.FromSeconds(74)", warnings[0].Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(93, 19)]
    [InlineData(74, 0)]
    [InlineData(5, 0)]
    [InlineData(-0.001, -0.001)]
    public void ForRequests_LeavesTheDrainItsTime(double shutdownSeconds, double expectedSeconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(expectedSeconds),
            ShutdownBudget.ForRequests(
                new HostOptions { ShutdownTimeout = TimeSpan.FromSeconds(shutdownSeconds) },
                TestHost.DrainTimeout + TestHost.CancelTimeout + ShutdownBudget.Report));

    // R34: a logger that throws does not keep the drain from its work
    [Fact]
    public async Task StopAsync_WhenTheLogIsBroken_StillDrains()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services.AddSingleton<ILoggerProvider, BrokenLog>());
        Gate released = new();
        await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));
        Task failed = host.Background.Run(_ => throw new InvalidOperationException("failed"), "failing");
        await Assert.ThrowsAsync<InvalidOperationException>(() => failed.WithWatchdog());

        Task stopped = ((IHostedLifecycleService)host.Services.GetServices<IHostedService>().Single(each => each is TaskGroupsLifecycle))
            .StoppedAsync(CancellationToken.None);
        await host.PassDrainTimeoutAsync();
        await host.PassCancelTimeoutAsync();
        await stopped.WithWatchdog();

        Assert.Equal("stubborn", Assert.Single(host.Unfinished).Name);
        Assert.Equal(2, host.Errors.Count); // the providers that work have it
        released.Open();
    }

    private sealed class BrokenLog : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => categoryName.StartsWith("TaskGroups.", StringComparison.Ordinal)
            ? this
            : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            throw new IOException("the disk is full");

        public void Dispose()
        {
        }
    }
}
