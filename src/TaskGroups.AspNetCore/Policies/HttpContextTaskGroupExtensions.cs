using TaskGroups;
using TaskGroups.AspNetCore;

namespace Microsoft.AspNetCore.Http;

/// <summary>Gives access to the request's group where nothing is injected.</summary>
public static class HttpContextTaskGroupExtensions
{
    /// <summary>The group of a request: the same that an <see cref="ITaskGroup"/> injected into the request's services is.</summary>
    /// <param name="context">The request.</param>
    /// <returns>Its group, opened at its first use. The middleware joins it.</returns>
    /// <remarks>An <see cref="HttpContext"/> is for one thread at a time; what is returned may be used from any thread.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="context"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddRequestTaskGroups</c> was not called, or the request has ended and had never used its group.
    /// </exception>
    public static ITaskGroup GetTaskGroup(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);

        return GroupOf(context)
            ?? (ITaskGroup?)context.RequestServices?.GetService(typeof(ITaskGroup))
            ?? throw new InvalidOperationException(
                "The request has no task group. Call builder.Services.AddRequestTaskGroups() before the application is built, and "
                    + "app.UseRequestTaskGroups() before the middleware that uses the group.");
    }

    // A sub-request of a batch may have copied the feature of the request around it, whose group is not its own.
    private static ITaskGroup? GroupOf(HttpContext context) =>
        context.Features.Get<ITaskGroupFeature>() switch
        {
            RequestTaskGroup => RequestTaskGroup.Of(context),
            { } feature => feature.Group,
            null => null,
        };
}
