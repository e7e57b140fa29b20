using Microsoft.Extensions.DependencyInjection;
using TaskGroups.AspNetCore;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds request groups to the pipeline.</summary>
public static class RequestTaskGroupsApplicationBuilderExtensions
{
    private const string Marker = "TaskGroups.AspNetCore.UseRequestTaskGroups";

    /// <summary>
    /// Gives each request that passes here a group of its own, opened at its first use, and waits for the group before the request ends.
    /// </summary>
    /// <param name="app">The application's pipeline.</param>
    /// <returns><paramref name="app"/>.</returns>
    /// <remarks>
    /// <para>
    /// Place it after exception handling, authentication and authorization, and after middleware that finishes a response or holds
    /// something for the request: output caching, compression, rate limiting, sessions, request timeouts. Such middleware inside it has
    /// ended when the group is joined, but for endpoints with <c>WithTaskGroup</c>. Middleware that replaces
    /// <c>HttpContext.RequestServices</c> belongs before it as well, middleware that uses the group after it.
    /// </para>
    /// <para>
    /// An <c>ITaskGroup</c> that was asked for earlier, as by a claims transformation, is the request's from here on; what was started
    /// through it before is joined here too. Limits count from the moment a request comes here.
    /// </para>
    /// <para>
    /// While the response has not started, the reason that canceled the group decides the answer: its own timeout 504, the end of the
    /// application 503 with <c>Retry-After</c>, a client that has gone status 499 and one Debug log. A full group is answered with 503.
    /// Bodies are problem details if <c>AddProblemDetails</c> was called; <see cref="RequestTaskGroupOptions.MapEndings"/> turns this off.
    /// Every other failure goes on to the application's exception handling. A failure after the response has started aborts the connection.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="app"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException"><c>AddRequestTaskGroups</c> was not called, or this method was called before on this
    /// pipeline.</exception>
    public static IApplicationBuilder UseRequestTaskGroups(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);

        RequestGroupFactory factory = app.ApplicationServices.GetService<RequestGroupFactory>()
            ?? throw new InvalidOperationException(
                "UseRequestTaskGroups() needs services that are not registered. Call builder.Services.AddRequestTaskGroups() before the "
                    + "application is built.");
        if (!app.Properties.TryAdd(Marker, true))
        {
            throw new InvalidOperationException(
                "UseRequestTaskGroups() was called twice on this pipeline. One call serves all endpoints behind it: remove the second.");
        }

        factory.HasMiddleware = true;
        return app.UseMiddleware<RequestTaskGroupsMiddleware>();
    }
}
