using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.AspNetCore;
using TaskGroups.Jobs;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the list of jobs.</summary>
public static class JobsEndpointRouteBuilderExtensions
{
    /// <summary>Maps JSON endpoints with which operators look at jobs, cancel them, and run failed ones again.</summary>
    /// <param name="endpoints">The endpoints of the application.</param>
    /// <param name="pattern">The address of the list.</param>
    /// <returns>
    /// A builder for all of these endpoints at once. They demand authorization metadata: <c>RequireAuthorization(...)</c>, or
    /// <c>AllowAnonymous()</c> where everybody may; without either, and without a fallback policy, the application does not start.
    /// </returns>
    /// <remarks>
    /// <list type="table">
    /// <listheader><term>Request</term><description>Answer</description></listheader>
    /// <item><term><c>GET {pattern}?state=&amp;job=&amp;after=</c></term><description>
    /// A page of 100 jobs, newest first, as an array. <c>after</c> is the id of the last job of the page before; the header <c>Link</c> of
    /// a full page holds the address of the next one. A state that does not exist, or an <c>after</c> that no job has: 400.
    /// </description></item>
    /// <item><term><c>GET {pattern}/{id}</c></term><description>The job, or 404.</description></item>
    /// <item><term><c>POST {pattern}/{id}/cancel</c></term><description>204; 404; 409 if the job has ended.</description></item>
    /// <item><term><c>POST {pattern}/{id}/retry</c></term><description>204; 404; 409 if the job has not failed.</description></item>
    /// </list>
    /// <para>
    /// A POST without <c>Content-Type: application/json</c> is answered with 415: a form on another site cannot send it. Each POST leaves a
    /// line in the log: who asked for what, and what became of it. In an id a slash is written <c>%2F</c>.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException"><c>AddJobs</c> or <c>AddRequestTaskGroups</c> was not called.</exception>
    /// <example><code>app.MapJobs("/jobs").RequireAuthorization("operations");</code></example>
    public static IEndpointConventionBuilder MapJobs(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/jobs")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        GuardedEndpoints? guarded = endpoints.ServiceProvider.GetService<GuardedEndpoints>();
        if (guarded is null || endpoints.ServiceProvider.GetService<JobRegistry>() is null)
        {
            throw new InvalidOperationException(
                "MapJobs needs services that are not registered. Call builder.Services.AddRequestTaskGroups() and "
                + "builder.Services.AddJobs(...) before the application is built.");
        }

        guarded.AreMapped = true;
        RouteGroupBuilder group = endpoints.MapGroup(pattern);
        group.WithMetadata(GuardedEndpointMetadata.Jobs).DisableTaskGroup().ExcludeFromDescription();
        group.MapGet("", (RequestDelegate)JobEndpoints.ListAsync).WithDisplayName("Jobs: list");
        group.MapGet("{id}", (RequestDelegate)JobEndpoints.FindAsync).WithDisplayName("Jobs: one job");
        group.MapPost("{id}/cancel", (RequestDelegate)JobEndpoints.CancelAsync).WithDisplayName("Jobs: cancel");
        group.MapPost("{id}/retry", (RequestDelegate)JobEndpoints.RetryAsync).WithDisplayName("Jobs: retry");
        return group;
    }
}
