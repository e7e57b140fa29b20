using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;

namespace SampleApi;

/// <summary>
/// Gives the failures that a storefront expects their status, and a warning where somebody else is in trouble. What the request's group
/// says by itself (504 on its limit, 499 when the client left) never comes here; what nobody expected stays a 500 with an error log.
/// </summary>
internal sealed class FailureHandler(IProblemDetailsService problems, ILogger<FailureHandler> logger) : IExceptionHandler
{
    public ValueTask<bool> TryHandleAsync(
        HttpContext httpContext,
        Exception exception,
        CancellationToken cancellationToken) => exception switch
    {
        BadHttpRequestException bad => AnswerAsync(
            httpContext,
            bad.StatusCode,
            bad.InnerException is JsonException json ? json.Message : bad.Message),
        UpstreamException => WarnAndAnswerAsync(httpContext, StatusCodes.Status502BadGateway, exception.Message, exception),
        _ when DatabaseFailure.IsUnavailable(exception) => WarnAndAnswerAsync(
            httpContext,
            StatusCodes.Status503ServiceUnavailable,
            "The database cannot be reached.",
            exception),
        _ => ValueTask.FromResult(false),
    };

    private ValueTask<bool> WarnAndAnswerAsync(HttpContext httpContext, int status, string detail, Exception exception)
    {
        logger.Answering(status, exception.GetBaseException().Message);
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            httpContext.Response.Headers.RetryAfter = "1";
        }

        return AnswerAsync(httpContext, status, detail);
    }

    private ValueTask<bool> AnswerAsync(HttpContext httpContext, int status, string detail)
    {
        httpContext.Response.StatusCode = status;
        return problems.TryWriteAsync(
            new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = { Status = status, Detail = detail } });
    }
}
