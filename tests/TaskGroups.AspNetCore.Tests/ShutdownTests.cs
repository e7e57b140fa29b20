using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Requests that are under way when the application stops.</summary>
public sealed class ShutdownTests
{
    // R33
    [Fact]
    public async Task Stop_WhileARequestIsInFlight_LetsItFinish()
    {
        await using TestApp test = await StartAsync();
        Task<string> request = test.Client.GetStringAsync("/obedient");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        Task stopped = test.App.StopAsync();

        Assert.Equal("None", await request.WithWatchdog());
        await stopped.WithWatchdog();
        Assert.Equal(["started", "told to stop"], test.Trail.Steps);
        test.AssertQuiet();
    }

    // R29, R33: the soft signal at once, the hard one after the grace.
    [Theory]
    [InlineData(21, null)]
    [InlineData(22, 30)]
    [InlineData(52, 60)]
    public async Task Stop_WhenARequestIgnoresIt_CancelsItAfterTheGraceAndAnswersWith503(int grace, int? shutdownTimeout)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
            if (shutdownTimeout is { } seconds)
            {
                builder.Services.Configure<HostOptions>(
                    options => options.ShutdownTimeout = TimeSpan.FromSeconds(seconds));
            }
            else
            {
                builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = TimeSpan.FromSeconds(grace));
            }
        });
        Task<HttpResponseMessage> request = test.Client.GetAsync("/stubborn");
        await test.Trail.WaitForAsync("started").WithWatchdog();
        ITaskGroup group = test.App.Services.GetRequiredService<Seen>().Group!;

        test.App.Lifetime.StopApplication();
        Assert.True(group.StoppingToken.IsCancellationRequested);
        clock.Advance(TimeSpan.FromSeconds(grace) - TimeSpan.FromMilliseconds(1));
        Assert.False(group.CancellationToken.IsCancellationRequested);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(CancellationReason.HostStopping, group.CancellationReason);
        using HttpResponseMessage response = await request.WithWatchdog();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        test.AssertLoggedOnce(LogLevel.Warning);
        await test.App.StopAsync().WithWatchdog();
    }

    // R33: a timeout that a drain would use up is left to requests where no background work runs
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_WhenTheDrainCouldUseAllOfTheTimeout_LeavesItToRequestsUnlessBackgroundWorkRuns(bool isBusy)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
            builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(100));
            builder.Services.AddTaskGroups(options =>
            {
                options.DrainTimeout = TimeSpan.FromSeconds(100);
                options.CancelTimeout = TimeSpan.FromSeconds(20);
            });
        });
        Task<HttpResponseMessage> request = test.Client.GetAsync("/stubborn");
        await test.Trail.WaitForAsync("started").WithWatchdog();
        ITaskGroup group = test.App.Services.GetRequiredService<Seen>().Group!;
        Gate gate = new();
        if (isBusy)
        {
            _ = test.App.Services.GetRequiredService<IBackgroundTaskGroup>().Run(_ => gate.WaitAsync(CancellationToken.None));
        }

        test.App.Lifetime.StopApplication();
        if (!isBusy)
        {
            clock.Advance(TimeSpan.FromSeconds(79) - TimeSpan.FromMilliseconds(1));
            Assert.False(group.CancellationToken.IsCancellationRequested);
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        using HttpResponseMessage response = await request.WithWatchdog();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(CancellationReason.HostStopping, group.CancellationReason);
        gate.Open();
    }

    // R44: a clock that stands still does not keep a request from its end
    [Fact]
    public async Task Stop_WhenTheApplicationsClockStandsStill_EndsTheGraceByRealTime()
    {
        await using TestApp test = await StartAsync(builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(new ManualClock());
            builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = TimeSpan.FromMilliseconds(1));
        });
        Task<HttpResponseMessage> request = test.Client.GetAsync("/stubborn");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        test.App.Lifetime.StopApplication();

        using HttpResponseMessage response = await request.WithWatchdog();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    // R33: the callbacks behind one that blocks are not called
    [Fact]
    public async Task Stop_WhenACallbackOnApplicationStoppingBlocks_SignalsAndCountsTheGraceAllTheSame()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
            builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = TimeSpan.FromSeconds(60));
        });
        Task<HttpResponseMessage> request = test.Client.GetAsync("/stubborn");
        await test.Trail.WaitForAsync("started").WithWatchdog();
        ITaskGroup group = test.App.Services.GetRequiredService<Seen>().Group!;
        using ManualResetEventSlim release = new();
        test.App.Lifetime.ApplicationStopping.Register(() =>
        {
            test.Trail.Add("blocks");
            release.Wait();
        });

        Task stopped = Task.Run(() => test.App.StopAsync());
        await test.Trail.WaitForAsync("blocks").WithWatchdog();

        Assert.True(group.StoppingToken.IsCancellationRequested);
        clock.Advance(TimeSpan.FromSeconds(60));
        using HttpResponseMessage response = await request.WithWatchdog();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        release.Set();
        await stopped.WithWatchdog();
    }

    // R33, R34: WebHostBuilder calls neither StartingAsync nor StoppingAsync
    [Fact]
    public async Task Stop_OfAHostWithoutPhases_SignalsAndDrains()
    {
#pragma warning disable ASPDEPR004, ASPDEPR008 // The old host is what is tested.
        using IWebHost host = new WebHostBuilder()
            .UseKestrel(options => options.Listen(IPAddress.Loopback, 0))
            .ConfigureServices(services => services.AddRequestTaskGroups())
            .Configure(app => app.UseRequestTaskGroups())
            .Build();
#pragma warning restore ASPDEPR004, ASPDEPR008
        await host.StartAsync().WithWatchdog();
        IBackgroundTaskGroup background = host.Services.GetRequiredService<IBackgroundTaskGroup>();
        Trail trail = new();
        Task child = background.Run(async _ =>
        {
            trail.Add("started");
            await Task.Delay(Timeout.Infinite, background.StoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Yield();
            trail.Add("finished");
        });
        await trail.WaitForAsync("started").WithWatchdog();

        await host.StopAsync().WithWatchdog();

        Assert.True(child.IsCompletedSuccessfully);
        Assert.Equal(["started", "finished"], trail.Steps);
        Action startLate = () => background.Run(_ => Task.CompletedTask);
        Assert.Throws<InvalidOperationException>(startLate);
    }

    // R11, R29: obedience is no failure
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_WhenARequestObeysItAndHasNoAnswer_AnswersWith503(bool isFiltered)
    {
        await using TestApp test = await StartAsync();
        Task<HttpResponseMessage> request = test.Client.GetAsync(isFiltered ? "/filtered" : "/unfiltered");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        test.App.Lifetime.StopApplication();

        using HttpResponseMessage response = await request.WithWatchdog();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level > LogLevel.Information);
        await test.App.StopAsync().WithWatchdog();
    }

    // R29, R33: a request that comes over an open connection when the grace is over.
    [Fact]
    public async Task Request_WhenTheGraceIsOver_IsAnsweredWith503()
    {
        await using TestApp test = await StartAsync(
            builder => builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = TimeSpan.Zero));
        TaskCompletionSource canceled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        test.App.Services.GetRequiredService<ApplicationGroups>().Requests.CancellationToken.Register(canceled.SetResult);
        test.App.Lifetime.StopApplication();
        await canceled.Task.WithWatchdog();

        using HttpResponseMessage response = await test.Client.GetAsync("/stubborn");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    // R29, R33: what the end of the grace canceled has been joined, and its answer has begun, when the rest of the requests are told
    [Fact]
    public async Task Request_WhoseAnswerHasBegunWhenTheGraceIsOver_KeepsIt()
    {
        SlowProblems problems = new();
        await using TestApp test = await StartAsync(builder =>
        {
            builder.Services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter>(problems));
            builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = TimeSpan.Zero);
        });
        Task<string> request = GetBodyAsync();
        await test.Trail.WaitForAsync("started").WithWatchdog();
        test.App.Services.GetRequiredService<ApplicationGroups>().Requests.Cancel(CancellationReason.HostStopping);
        await problems.Begun.WaitAsync(CancellationToken.None).WithWatchdog();

        test.App.Services.GetRequiredService<RequestGroupFactory>().EndGrace();
        problems.Released.Open();

        Assert.Equal("503 first last", await request.WithWatchdog());

        async Task<string> GetBodyAsync()
        {
            using HttpResponseMessage response = await test.Client.GetAsync("/stubborn");
            return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
        }
    }

    // R29, R33: the request has been joined and ends at this moment
    [Theory]
    [InlineData("/joined")]
    [InlineData("/without-group")]
    public async Task Request_ThatEndsAsTheGraceIsOver_KeepsItsAnswer(string path)
    {
        await using TestApp test = await StartAsync(
            builder => builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = TimeSpan.Zero),
            app =>
            {
                app.Use(async (context, next) =>
                {
                    context.Features.Set<IEndpointFeature>(new EndingEndpoint(context.GetEndpoint()));
                    await next(context);
                    await context.Response.WriteAsync(" last");
                });
                app.UseRequestTaskGroups();
                app.Use(async (context, next) =>
                {
                    await next(context);

                    // The middleware reads the endpoint when it has noted the end, and is still registered for the end of the grace.
                    ((EndingEndpoint)context.Features.GetRequiredFeature<IEndpointFeature>()).IsRead = () =>
                    {
                        app.Services.GetRequiredService<Trail>().Add("ends");
                        app.Services.GetRequiredService<RequestGroupFactory>().EndGrace();
                    };
                });
            });

        Assert.Equal("first last", await test.Client.GetStringAsync(path).WithWatchdog());

        Assert.Equal(["ends"], test.Trail.Steps);
        test.AssertQuiet();
        Assert.DoesNotContain(test.Log.Entries, each => each.Message.Contains("the application stops", StringComparison.Ordinal));
    }

    // R33: the response has started long ago.
    [Fact]
    public async Task Stop_WhileAResponseIsStreamed_TellsItAtOnce()
    {
        await using TestApp test = await StartAsync();
        Task<string> request = test.Client.GetStringAsync("/stream");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        test.App.Lifetime.StopApplication();

        Assert.Equal("first last", await request.WithWatchdog());
        test.AssertQuiet();
    }

    // R28, R33: what the grace cuts is no failure, and no lost client.
    [Theory]
    [InlineData("/cut-awaited")]
    [InlineData("/cut-forgotten")]
    [InlineData("/cut-obedient")]
    public async Task Stop_WhenItCutsAStartedResponse_AbortsTheConnectionAndSaysSoOnce(string path)
    {
        await using TestApp test = await StartAsync(
            builder => builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = TimeSpan.Zero));
        Task<string> request = test.Client.GetStringAsync(path);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        test.App.Lifetime.StopApplication();

        await Assert.ThrowsAsync<HttpRequestException>(() => request.WithWatchdog());
        await test.App.StopAsync().WithWatchdog();
        Assert.Contains("because the application stops", test.AssertLoggedOnce(LogLevel.Information).Message, StringComparison.Ordinal);
        test.AssertQuiet();
    }

    // R34
    [Theory]
    [InlineData(30, null, false)]
    [InlineData(30, 22, false)]
    [InlineData(30, 23, true)]
    [InlineData(8, 0, false)]
    [InlineData(8, null, true)]
    public async Task Start_WhenTheGraceOfRequestsCannotFit_Warns(int shutdownTimeout, int? grace, bool warns)
    {
        await using TestApp test = await StartAsync(builder =>
        {
            builder.Services.Configure<HostOptions>(
                options => options.ShutdownTimeout = TimeSpan.FromSeconds(shutdownTimeout));
            builder.Services
                .AddRequestTaskGroups(options => options.ShutdownGrace = grace is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        });

        if (warns)
        {
            Assert.Contains("HostOptions.ShutdownTimeout", test.AssertLoggedOnce(LogLevel.Warning).Message, StringComparison.Ordinal);
        }
        else
        {
            test.AssertQuiet();
        }
    }

    private static Task<TestApp> StartAsync(
        Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? pipeline = null) => TestApp.StartAsync(
        (app, test) =>
        {
            app.MapGet("/joined", async (ITaskGroup tasks) => await tasks.Run(_ => Task.FromResult("first"))).WithTaskGroup();
            app.MapGet("/without-group", () => "first");
            app.MapGet("/obedient", async (ITaskGroup tasks) =>
            {
                await tasks.Run(async _ =>
                {
                    test.Trail.Add("started");
                    await Task.Delay(Timeout.Infinite, tasks.StoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    test.Trail.Add("told to stop");
                });
                return tasks.CancellationReason.ToString();
            });
            app.MapGet("/unfiltered", ObeyAsync);
            app.MapGet("/filtered", ObeyAsync).WithTaskGroup();
            app.MapGet("/stubborn", async (ITaskGroup tasks, Seen seen) =>
            {
                seen.Group = tasks;
                Task child = tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
                test.Trail.Add("started");
                await child;
            });
            app.MapGet("/stream", async (HttpContext context, ITaskGroup tasks) =>
            {
                await context.Response.WriteAsync("first ");
                test.Trail.Add("started");
                await Task.Delay(Timeout.Infinite, tasks.StoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await context.Response.WriteAsync("last");
            });

            app.MapGet("/cut-awaited", (HttpContext context, ITaskGroup tasks) =>
                BeginAsync(context, tasks, ct => Task.Delay(Timeout.Infinite, ct)).Unwrap());
            app.MapGet("/cut-forgotten", (HttpContext context, ITaskGroup tasks) =>
                (Task)BeginAsync(context, tasks, ct => Task.Delay(Timeout.Infinite, ct)));
            app.MapGet("/cut-obedient", (HttpContext context, ITaskGroup tasks) =>
                BeginAsync(context, tasks, _ => Task.Delay(Timeout.Infinite, tasks.StoppingToken)).Unwrap());

            async Task<Task> BeginAsync(HttpContext context, ITaskGroup tasks, Func<CancellationToken, Task> work)
            {
                await context.Response.WriteAsync("first ");
                Task child = tasks.Run(work);
                test.Trail.Add("started");
                return child;
            }

            async Task<string> ObeyAsync(ITaskGroup tasks)
            {
                Task child = tasks.Run(_ => Task.Delay(Timeout.Infinite, tasks.StoppingToken));
                test.Trail.Add("started");
                await child;
                return "late";
            }
        },
        builder =>
        {
            builder.Services.AddSingleton<Seen>();
            configure?.Invoke(builder);
        },
        pipeline);

    private sealed class Seen
    {
        public ITaskGroup? Group { get; set; }
    }

    /// <summary>The endpoint of a request, which tells once that it is read.</summary>
    private sealed class EndingEndpoint(Endpoint? endpoint) : IEndpointFeature
    {
        private Action? _isRead;

        public Action IsRead
        {
            set => _isRead = value;
        }

        public Endpoint? Endpoint
        {
            get
            {
                Interlocked.Exchange(ref _isRead, null)?.Invoke();
                return endpoint;
            }

            set => endpoint = value;
        }
    }

    private sealed class SlowProblems : IProblemDetailsWriter
    {
        public Gate Begun { get; } = new();

        public Gate Released { get; } = new();

        public bool CanWrite(ProblemDetailsContext context) => true;

        public async ValueTask WriteAsync(ProblemDetailsContext context)
        {
            await context.HttpContext.Response.WriteAsync("first ");
            await context.HttpContext.Response.Body.FlushAsync();
            Begun.Open();
            await Released.WaitAsync(CancellationToken.None);
            await context.HttpContext.Response.WriteAsync("last");
        }
    }
}
