using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Names the child that a request has failed with in the problem details of the platform's exception handling, in Development (R38). What
/// the application has set there stays, and so do answers that it writes itself.
/// </summary>
internal sealed class FailedChildDetails(RequestGroupObserver observer, IHostEnvironment environment)
    : IPostConfigureOptions<ProblemDetailsOptions>
{
    public void PostConfigure(string? name, ProblemDetailsOptions options)
    {
        if (environment.IsDevelopment())
        {
            Action<ProblemDetailsContext>? own = options.CustomizeProblemDetails;
            options.CustomizeProblemDetails = context =>
            {
                own?.Invoke(context);
                NameChild(context);
            };
        }
    }

    private void NameChild(ProblemDetailsContext context)
    {
        if (context.Exception is not { } failure || observer.ChildOf(failure) is not { } child)
        {
            return;
        }

        if (context.ProblemDetails.Detail is null)
        {
            context.ProblemDetails.Detail = $"'{child}' failed: {failure.GetType()}: {failure.Message}";
        }
        else
        {
            context.ProblemDetails.Extensions.TryAdd("child", child);
        }
    }
}
