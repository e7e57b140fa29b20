using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;

namespace SampleApi;

/// <summary>
/// Gives the failures that a storefront expects their status, and a warning where another system failed. What the request's group answers
/// by itself (504 on its limit, 499 when the client left) does not come here; every other exception stays a 500 with an error in the log.
/// </summary>
internal sealed class FailureHandler(IProblemDetailsService problems, ILogger<FailureHandler> logger) : IExceptionHandler
{
    private const string DatabaseIsGone = "The database cannot be reached.";

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
            _ when ReasonOf(exception) is not null => WarnAndAnswerAsync(
                httpContext,
                StatusCodes.Status503ServiceUnavailable,
                DatabaseIsGone,
                exception),
            _ => ValueTask.FromResult(false),
        };

    /// <summary>What the log says of the failure of another system, with its name; null for a fault of this program.</summary>
    public static string? ReasonOf(Exception exception) => exception switch
    {
        UpstreamException => exception.Message,
        _ when DatabaseFailure.IsUnavailable(exception) => $"{DatabaseIsGone} {exception.GetBaseException().Message}",
        _ => null,
    };

    private ValueTask<bool> WarnAndAnswerAsync(HttpContext httpContext, int status, string detail, Exception exception)
    {
        logger.Answering(status, ReasonOf(exception)!);
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

internal static class FailureExtensions
{
    /// <summary>Every failure is answered as <c>application/problem+json</c>, in development as in production.</summary>
    public static IServiceCollection AddFailures(this IServiceCollection services) => services
        // So that a body or a parameter that cannot be read is answered with the reason.
        .Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true)
        .AddProblemDetails()
        .AddExceptionHandler<FailureHandler>();
}
