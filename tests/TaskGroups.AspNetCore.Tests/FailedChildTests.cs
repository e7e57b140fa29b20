using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Which child a request has failed with: for developers in the answer, for operators in the log (R38).</summary>
public sealed class FailedChildTests
{
    private const int Failed = 17;

    // The page is that of exception handling outside, whoever writes it: one value is added
    [Theory]
    [InlineData("/awaited")]
    [InlineData("/forgotten")]
    [InlineData("/in-all")]
    public async Task ProblemDetails_InDevelopment_NameTheChild(string path)
    {
        await using TestApp test = await StartAsync(Environments.Development);

        JsonElement problem = await GetAsync(test, path);

        Assert.Equal("'the price' failed: System.FormatException: no number", problem.GetProperty("detail").GetString());
        Assert.Equal("/answers", problem.GetProperty("type").GetString());
        Assert.False(problem.TryGetProperty("child", out _));
    }

    [Theory]
    [InlineData("/awaited", "Production")]
    [InlineData("/forgotten", "Staging")]
    [InlineData("/of-the-body", "Development")]
    public async Task ProblemDetails_OutsideDevelopmentOrOfNoChild_NameNone(string path, string environment)
    {
        await using TestApp test = await StartAsync(environment);

        JsonElement problem = await GetAsync(test, path);

        Assert.False(problem.TryGetProperty("detail", out _));
        Assert.False(problem.TryGetProperty("child", out _));
    }

    // The developer exception page, an application with details of its own: what is there stays
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ProblemDetails_WithADetailOfTheirOwn_KeepIt(bool isDeveloperPage)
    {
        await using TestApp test = await StartAsync(
            Environments.Development,
            builder =>
            {
                if (!isDeveloperPage)
                {
                    builder.Services.Configure<ProblemDetailsOptions>(
                        options => options.CustomizeProblemDetails = context => context.ProblemDetails.Detail = "no number");
                }
            },
            app =>
            {
                _ = isDeveloperPage ? app.UseDeveloperExceptionPage() : app.UseExceptionHandler();
                app.UseRequestTaskGroups();
            });

        JsonElement problem = await GetAsync(test, "/awaited");

        Assert.Equal("no number", problem.GetProperty("detail").GetString());
        Assert.Equal("the price", problem.GetProperty("child").GetString());
    }

    // An application that answers itself says what it wants
    [Fact]
    public async Task Answer_OfAnExceptionHandlerOfTheApplication_IsNotTouched()
    {
        await using TestApp test = await StartAsync(
            Environments.Development,
            pipeline: app =>
            {
                app.UseExceptionHandler(handler => handler.Run(context =>
                    Results.Problem(statusCode: StatusCodes.Status502BadGateway, title: "own").ExecuteAsync(context)));
                app.UseRequestTaskGroups();
            });

        JsonElement problem = await GetAsync(test, "/awaited", HttpStatusCode.BadGateway);

        Assert.Equal("own", problem.GetProperty("title").GetString());
        Assert.False(problem.TryGetProperty("detail", out _));
        Assert.False(problem.TryGetProperty("child", out _));
    }

    // One line says which child, another has the stack: that of exception handling
    [Theory]
    [InlineData("/awaited")]
    [InlineData("/forgotten")]
    [InlineData("/in-all")]
    public async Task Failure_OfAChild_IsOneErrorAndOneLineThatNamesTheChild(string path)
    {
        await using TestApp test = await StartAsync(Environments.Production);

        await GetAsync(test, path);
        await test.FinishedAsync(path);

        LogEntry line = Assert.Single(test.Log.OfTaskGroups(LogLevel.Information));
        Assert.Equal((LogLevel.Information, Failed, null), (line.Level, line.EventId.Id, line.Exception));
        Assert.Equal(
            ($"GET {path}", "the price", "System.FormatException"), (line["TaskGroup"], line["Child"], line["FailureType"]));
        Assert.IsType<FormatException>(Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error).Exception);
    }

    [Fact]
    public async Task Failure_OfTheBody_HasNoLineOfAChild()
    {
        await using TestApp test = await StartAsync(Environments.Production);

        await GetAsync(test, "/of-the-body");
        await test.FinishedAsync("/of-the-body");

        Assert.Empty(test.Log.OfTaskGroups(LogLevel.Information));
    }

    // An error that is logged here, since nothing outside would, names the child itself
    [Fact]
    public async Task Failure_OfAForgottenChildInAStartedResponse_IsOneErrorThatNamesIt()
    {
        await using TestApp test = await StartAsync(Environments.Production);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => test.Client.GetStringAsync("/started").WithWatchdog());
        await test.FinishedAsync("/started");

        LogEntry error = Assert.Single(test.Log.Entries, each => each.Level >= LogLevel.Error);
        Assert.StartsWith(
            "Child 'the price' of 'GET /started' failed after its response had started", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(test.Log.OfTaskGroups(), each => each.EventId.Id == Failed);
    }

    private static async Task<JsonElement> GetAsync(
        TestApp test, string path, HttpStatusCode status = HttpStatusCode.InternalServerError)
    {
        using HttpResponseMessage response = await test.Client.GetAsync(path).WithWatchdog();
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    private static Task<TestApp> StartAsync(
        string environment, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? pipeline = null) => TestApp.StartAsync(
        (app, _) =>
        {
            app.MapGet("/awaited", async (ITaskGroup tasks) => await tasks.Run(FailAsync, "the price")).WithTaskGroup();
            app.MapGet("/forgotten", (ITaskGroup tasks) => { tasks.Run(FailAsync, "the price"); }).WithTaskGroup();
            app.MapGet("/in-all", async (ITaskGroup tasks) => await tasks.AllAsync(
                async ct =>
                {
                    await FailAsync(ct);
                    return 1;
                },
                ct => Task.FromResult(2),
                name1: "the price")).WithTaskGroup();
            app.MapGet("/of-the-body", async (ITaskGroup tasks) =>
            {
                await tasks.Run(_ => Task.CompletedTask);
                await FailAsync(tasks.CancellationToken);
            }).WithTaskGroup();
            app.MapGet("/started", async (HttpContext context, ITaskGroup tasks) =>
            {
                await context.Response.WriteAsync("first");
                tasks.Run(FailAsync, "the price");
            });
        },
        builder =>
        {
            ServiceDescriptor host = builder.Services.Last(each => each.ServiceType == typeof(IHostEnvironment));
            ((IHostEnvironment)host.ImplementationInstance!).EnvironmentName = environment;
            builder.Services.Configure<ProblemDetailsOptions>(
                options => options.CustomizeProblemDetails = context => context.ProblemDetails.Type = "/answers");
            configure?.Invoke(builder);
        },
        pipeline);

    private static async Task FailAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        throw new FormatException("no number");
    }
}
