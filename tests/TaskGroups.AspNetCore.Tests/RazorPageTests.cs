using System.Net;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.Logging;
using TaskGroups.AspNetCore.Tests.Pages;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Razor pages: joined where controllers are, and MVC's own filters see what they expect.</summary>
public sealed class RazorPageTests
{
    // R28
    [Fact]
    public async Task Page_WhenAChildIsForgotten_JoinsItBeforeTheResult()
    {
        await using TestApp test = await StartAsync();

        Assert.Equal("done", (await test.Client.GetStringAsync("/fan-page/forget")).Trim());
        Assert.Equal(["child", "response"], test.Trail.Steps);
        test.AssertQuiet();
    }

    // R10, R28
    [Theory]
    [InlineData("/fan-page/failForgotten")]
    [InlineData("/fan-page/failAwaited")]
    public async Task Page_WhenAChildFails_GoesToExceptionHandlingWithItsStack(string path)
    {
        await using TestApp test = await StartAsync();

        await JoinTests.AssertProblemAsync(test, path, HttpStatusCode.InternalServerError);

        LogEntry error = Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error);
        Assert.IsType<FormatException>(error.Exception);
        Assert.Contains(nameof(FanController.Fail), error.Exception.StackTrace, StringComparison.Ordinal);
    }

    // R28: a failure that an exception filter has answered does not come back after the response.
    [Theory]
    [InlineData("/fan-page/failForgotten")]
    [InlineData("/fan-page/failAwaited")]
    public async Task ExceptionFilter_WhenAPagesChildFails_Answers(string path)
    {
        await using TestApp test = await StartAsync(new AnswersExceptions());

        using HttpResponseMessage response = await test.Client.GetAsync(path);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("answered", await response.Content.ReadAsStringAsync());
        await test.FinishedAsync(path);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Error);
    }

    // R28: a page filter that has handled the failure has handled the group's.
    [Fact]
    public async Task PageFilter_WhenItHandlesAnAwaitedFailure_KeepsItsAnswer()
    {
        await using TestApp test = await StartAsync(new AnswersInPageFilter());

        using HttpResponseMessage response = await test.Client.GetAsync("/fan-page/failAwaited");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Error);
    }

    private static Task<TestApp> StartAsync(IFilterMetadata? filter = null) => TestApp.StartAsync(
        (app, _) => app.MapRazorPages(),
        builder => builder.Services
            .AddRazorPages()
            .AddMvcOptions(options =>
            {
                if (filter is not null)
                {
                    options.Filters.Add(filter);
                }
            })
            .AddApplicationPart(typeof(FanModel).Assembly));

    private sealed class AnswersExceptions : IExceptionFilter
    {
        public void OnException(ExceptionContext context)
        {
            if (context.Exception is FormatException)
            {
                context.Result = new ContentResult { StatusCode = StatusCodes.Status502BadGateway, Content = "answered" };
            }
        }
    }

    private sealed class AnswersInPageFilter : IPageFilter
    {
        public void OnPageHandlerSelected(PageHandlerSelectedContext context)
        {
        }

        public void OnPageHandlerExecuting(PageHandlerExecutingContext context)
        {
        }

        public void OnPageHandlerExecuted(PageHandlerExecutedContext context)
        {
            context.Result = new StatusCodeResult(StatusCodes.Status502BadGateway);
            context.ExceptionHandled = true;
        }
    }
}
