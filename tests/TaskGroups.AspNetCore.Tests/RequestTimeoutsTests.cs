using System.Net;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>The framework's request timeouts beside request groups, in both orders. Its clock is the real one.</summary>
public sealed class RequestTimeoutsTests
{
    // Long enough for a child to begin first on a loaded machine: one that comes later is not invoked (R4), and leaves nothing on the
    // trail.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    // R27, R29
    [Theory]
    [InlineData(true, "/limited")]
    [InlineData(false, "/limited")]
    [InlineData(true, "/limited-filtered")]
    [InlineData(false, "/limited-filtered")]
    public async Task RequestTimeout_WhenItFires_CancelsTheChildrenAndAnswersWith504(bool isInside, string path)
    {
        await using TestApp test = await StartAsync(isInside);

        using HttpResponseMessage response = await test.Client.GetAsync(path);
        await test.FinishedAsync(path);

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal(["started", "canceled"], test.Trail.Steps);
        Assert.Null((await test.EndOfAsync(path)).Exception);
        Assert.Empty(test.Log.OfTaskGroups(LogLevel.Warning));
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Error);
    }

    // R28: the response has started, so it cannot be replaced; request timeouts alone would end it as if it were whole.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RequestTimeout_AfterTheResponseStarted_NeverEndsAsAWholeResponse(bool isInside)
    {
        await using TestApp test = await StartAsync(isInside);

        await Assert.ThrowsAsync<HttpRequestException>(() => test.Client.GetStringAsync("/started"));
    }

    // R29
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_WhenItLeaves_CancelsTheChildrenWithoutAnError(bool isInside)
    {
        await using TestApp test = await StartAsync(isInside);
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/unlimited");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connection.Dispose();
        TestApp.RequestEnd end = await test.EndOfAsync("/unlimited");
        await test.FinishedAsync("/unlimited");

        Assert.Equal(499, end.Status);
        Assert.Equal(["started", "canceled"], test.Trail.Steps);
        test.AssertQuiet();
    }

    // R28, R29: the token that the group was bound to is dead by then; its source was disposed with the middleware inside.
    [Fact]
    public async Task Client_WhenItLeavesAfterRequestTimeoutsEnded_CancelsForgottenChildren()
    {
        await using TestApp test = await StartAsync(isInside: true);
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/forgotten");
        Assert.Equal("done", (await connection.ReadAsync()).Body);

        connection.Dispose();
        await test.FinishedAsync("/forgotten");

        Assert.Equal(["canceled"], test.Trail.Steps);
        test.AssertQuiet();
    }

    // R27: outside of the groups, request timeouts reach children that no code awaits
    [Fact]
    public async Task RequestTimeout_WhenItIsOutside_CancelsForgottenChildren()
    {
        await using TestApp test = await StartAsync(isInside: false);

        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/forgotten-limited");
        await test.FinishedAsync("/forgotten-limited");

        Assert.Equal(["canceled"], test.Trail.Steps);
    }

    private static Task<TestApp> StartAsync(bool isInside) => TestApp.StartAsync(
        (app, test) =>
        {
            app.MapGet("/limited", Slow).WithRequestTimeout(Limit);
            app.MapGet("/limited-filtered", Slow).WithTaskGroup().WithRequestTimeout(Limit);
            app.MapGet("/unlimited", Slow).WithRequestTimeout(WatchdogExtensions.Limit);
            app.MapGet("/started", async (HttpContext context, ITaskGroup tasks) =>
            {
                await context.Response.WriteAsync("part");
                await Slow(tasks);
            }).WithRequestTimeout(Limit);
            app.MapGet("/forgotten", Forget).WithRequestTimeout(WatchdogExtensions.Limit);
            app.MapGet("/forgotten-limited", Forget).WithRequestTimeout(Limit);

            IResult Forget(ITaskGroup tasks)
            {
                tasks.Run(UntilCanceled);
                return Results.Text("done");
            }

            async Task Slow(ITaskGroup tasks)
            {
                Task child = tasks.Run(UntilCanceled);
                test.Trail.Add("started");
                await child;
            }

            async Task UntilCanceled(CancellationToken cancellationToken)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                test.Trail.Add("canceled");
                cancellationToken.ThrowIfCancellationRequested();
            }
        },
        builder => builder.Services.AddRequestTimeouts(),
        app =>
        {
            app.UseExceptionHandler();
            if (isInside)
            {
                app.UseRequestTaskGroups();
                app.UseRequestTimeouts();
            }
            else
            {
                app.UseRequestTimeouts();
                app.UseRequestTaskGroups();
            }
        });
}
