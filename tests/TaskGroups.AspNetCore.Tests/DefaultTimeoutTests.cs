using System.Net;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>R30: the limit of requests that have no other, watched by one timer for all.</summary>
public sealed class DefaultTimeoutTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new();
    private readonly Trail _trail = new();
    private int _waiting;

    // R29, R30
    [Fact]
    public async Task DefaultTimeout_WhenItPasses_AnswersWith504()
    {
        await using TestApp test = await StartAsync();
        Task<HttpResponseMessage> answer = await BeginAsync(test, "/waits/1");

        _clock.Advance(TimeSpan.FromSeconds(99));
        Assert.False(answer.IsCompleted);
        Assert.Equal("100 s left, canceled: False", _trail.Steps[0]);
        _clock.Advance(Second);

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await answer.WithWatchdog()).StatusCode);
        Assert.Contains(test.Log.Entries, entry => entry.Message.Contains("timeout of 100 s", StringComparison.Ordinal));
    }

    // R30: each request has its own time, and at most a second more.
    [Fact]
    public async Task DefaultTimeout_OfALaterRequest_CountsFromItsOwnStart()
    {
        await using TestApp test = await StartAsync();
        Task<HttpResponseMessage> first = await BeginAsync(test, "/waits/1");
        _clock.Advance(TimeSpan.FromSeconds(50));
        Task<HttpResponseMessage> second = await BeginAsync(test, "/waits/2");

        _clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await first.WithWatchdog()).StatusCode);
        Assert.False(second.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(50));

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await second.WithWatchdog()).StatusCode);
    }

    // R30: the timer stands still when no request is left, and is set again by the next one.
    [Fact]
    public async Task DefaultTimeout_AfterRequestsThatEndedInTime_IsWatchedAgain()
    {
        await using TestApp test = await StartAsync();
        Assert.Equal("done", await test.Client.GetStringAsync("/ends").WithWatchdog());
        _clock.Advance(TimeSpan.FromSeconds(300));
        Task<HttpResponseMessage> answer = await BeginAsync(test, "/waits/1");

        _clock.Advance(TimeSpan.FromSeconds(100));

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await answer.WithWatchdog()).StatusCode);
    }

    // R50: what the request did before it used its group counts.
    [Fact]
    public async Task DefaultTimeout_OfAGroupThatIsUsedLate_CountsFromTheStartOfTheRequest()
    {
        Gate entered = new();
        Gate goesOn = new();
        await using TestApp test = await StartAsync(app => app.MapGet("/late", async (ITaskGroup tasks) =>
        {
            entered.Open();
            await goesOn.WaitAsync(CancellationToken.None);
            await tasks.Run(ct => WaitAsync(tasks, ct));
            return "done";
        }).WithTaskGroup());
        Task<HttpResponseMessage> other = await BeginAsync(test, "/waits/1");
        _clock.Advance(TimeSpan.FromSeconds(20));
        Task<HttpResponseMessage> answer = test.Client.GetAsync("/late");
        await entered.WaitAsync().WithWatchdog();
        _clock.Advance(TimeSpan.FromSeconds(80));
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await other.WithWatchdog()).StatusCode);
        goesOn.Open();
        await _trail.WaitForAsync("waits #2").WithWatchdog();
        Assert.Contains("20 s left, canceled: False", _trail.Steps);

        _clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await answer.WithWatchdog()).StatusCode);
    }

    // R50: the time begins where the request reaches the middleware, also for what the group says is left.
    [Fact]
    public async Task DefaultTimeout_BetweenSlowMiddleware_CountsFromUseRequestTaskGroups()
    {
        await using TestApp test = await StartAsync(pipeline: app =>
        {
            app.UseExceptionHandler();
            app.Use((context, next) =>
            {
                _clock.Advance(TimeSpan.FromSeconds(40));
                return next(context);
            });
            app.UseRequestTaskGroups();
            app.Use((context, next) =>
            {
                _clock.Advance(TimeSpan.FromSeconds(30));
                return next(context);
            });
        });
        Task<HttpResponseMessage> answer = await BeginAsync(test, "/waits/1");
        Assert.Equal("70 s left, canceled: False", _trail.Steps[0]);

        _clock.Advance(TimeSpan.FromSeconds(69));
        Assert.False(answer.IsCompleted);
        _clock.Advance(Second);

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await answer.WithWatchdog()).StatusCode);
    }

    // A callback of the application that blocks holds its own request up, and no other.
    [Fact]
    public async Task DefaultTimeout_WhenATokenCallbackBlocks_ReachesTheOthers()
    {
        using ManualResetEventSlim released = new();
        await using TestApp test = await StartAsync(app => app.MapGet("/blocks", async (ITaskGroup tasks) =>
        {
            await using (tasks.CancellationToken.Register(released.Wait))
            {
                await tasks.Run(ct => WaitAsync(tasks, ct));
            }

            return "done";
        }).WithTaskGroup());
        Task<HttpResponseMessage> blocked = await BeginAsync(test, "/blocks");
        Task<HttpResponseMessage> other = await BeginAsync(test, "/waits/1");

        _clock.Advance(TimeSpan.FromSeconds(100));

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await other.WithWatchdog()).StatusCode);
        released.Set();
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await blocked.WithWatchdog()).StatusCode);
    }

    // R30: a short default is exact; each group has a timer.
    [Fact]
    public async Task DefaultTimeout_WhenItIsShort_HasATimerForEachGroup()
    {
        await using TestApp test = await StartAsync(configure: options => options.DefaultTimeout = TimeSpan.FromSeconds(5));
        Task<HttpResponseMessage> first = await BeginAsync(test, "/waits/1");
        _clock.Advance(TimeSpan.FromMilliseconds(4_500));
        Task<HttpResponseMessage> second = await BeginAsync(test, "/waits/2");

        _clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await first.WithWatchdog()).StatusCode);
        _clock.Advance(TimeSpan.FromMilliseconds(4_500));

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await second.WithWatchdog()).StatusCode);
    }

    private Task<TestApp> StartAsync(
        Action<WebApplication>? map = null,
        Action<RequestTaskGroupOptions>? configure = null,
        Action<WebApplication>? pipeline = null) =>
        TestApp.StartAsync(
            (app, _) =>
            {
                app.MapGet("/waits/{number:int}", async (int number, ITaskGroup tasks) =>
                {
                    await tasks.Run(ct => WaitAsync(tasks, ct), $"child {number}");
                    return "done";
                }).WithTaskGroup();
                app.MapGet("/ends", async (ITaskGroup tasks) => await tasks.Run(async _ =>
                {
                    await Task.Yield();
                    return "done";
                })).WithTaskGroup();
                map?.Invoke(app);
            },
            builder =>
            {
                builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(_clock));
                builder.Services.AddRequestTaskGroups(configure);
            },
            pipeline);

    private Task WaitAsync(ITaskGroup tasks, CancellationToken cancellationToken)
    {
        _trail.Add($"{tasks.RemainingTime?.TotalSeconds} s left, canceled: {cancellationToken.IsCancellationRequested}");
        _trail.Add($"waits #{Interlocked.Increment(ref _waiting)}");
        return Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private async Task<Task<HttpResponseMessage>> BeginAsync(TestApp test, string path)
    {
        int before = _waiting;
        Task<HttpResponseMessage> answer = test.Client.GetAsync(path);
        await _trail.WaitForAsync($"waits #{before + 1}").WithWatchdog();
        return answer;
    }
}
