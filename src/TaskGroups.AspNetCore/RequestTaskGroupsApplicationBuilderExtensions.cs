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
    /// Place it after exception handling, and after whatever finishes a response or holds something for the request: output caching,
    /// compression, rate
    /// limiting, sessions, request timeouts. Such middleware inside it has ended when the group is joined, but for endpoints with
    /// <c>WithTaskGroup</c>.
    /// Middleware that replaces <c>HttpContext.RequestServices</c> belongs before it as well, middleware that uses the group after it.
    /// </para>
    /// <para>
    /// <c>WebApplication</c> puts authentication and authorization first unless they are called. Where a claims transformation or an
    /// authorization handler
    /// takes an <c>ITaskGroup</c>, call <c>UseAuthentication</c> and <c>UseAuthorization</c> after this method. A request whose services
    /// were asked for
    /// their group before it came here fails with <see cref="InvalidOperationException"/>.
    /// </para>
    /// <para>
    /// While the response has not started, a group that ran into its own timeout is answered with 504, a full one with 503, one that was
    /// cut short by
    /// shutdown with 503 and <c>Retry-After</c>, as problem details if <c>AddProblemDetails</c> was called. A client that has gone ends the
    /// request with
    /// status 499 and one Debug log. Every other failure goes on to the application's exception handling. A failure after the response has
    /// started aborts the connection.
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
