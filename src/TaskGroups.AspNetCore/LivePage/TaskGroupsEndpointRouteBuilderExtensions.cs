using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.AspNetCore;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the live page.</summary>
public static class TaskGroupsEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the page that shows what the process is doing: its groups and children, what they wait for, what canceled them, and what
    /// has just ended.
    /// </summary>
    /// <param name="endpoints">The endpoints of the application.</param>
    /// <param name="pattern">
    /// The address of the page. Below it lie <c>/snapshot</c> and <c>/history</c> (JSON), <c>/events</c> (server-sent events) and
    /// <c>/text</c> (plain text; <c>?watch</c> streams it).
    /// </param>
    /// <returns>
    /// A builder for all of these endpoints at once. They demand authorization metadata: <c>RequireAuthorization(...)</c>, or
    /// <c>AllowAnonymous()</c> where everybody may look; without either, and without a fallback policy, the application does not start.
    /// </returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException"><c>AddRequestTaskGroups</c> was not called.</exception>
    /// <remarks>
    /// The page is read-only. It shows names, times and types of failures, never arguments, headers, users, messages or stacks.
    /// </remarks>
    /// <example><code>app.MapTaskGroups("/taskgroups").RequireAuthorization("operations");</code></example>
    public static IEndpointConventionBuilder MapTaskGroups(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/taskgroups")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        LivePage page = endpoints.ServiceProvider.GetService<LivePage>() ?? throw new InvalidOperationException(
            "MapTaskGroups needs services that are not registered. Call builder.Services.AddRequestTaskGroups() before the "
            + "application is built.");
        page.Activate();
        endpoints.ServiceProvider.GetRequiredService<GuardedEndpoints>().AreMapped = true;
        RouteGroupBuilder group = endpoints.MapGroup(pattern);
        group.WithMetadata(GuardedEndpointMetadata.LivePage).DisableTaskGroup().ExcludeFromDescription().DisableRequestTimeout();
        group.MapGet("", (RequestDelegate)page.WritePageAsync).WithDisplayName("TaskGroups page");
        group.MapGet("{asset:regex(^[a-z]+\\.(css|js)$)}", (RequestDelegate)LivePage.WriteAssetAsync)
            .WithDisplayName("TaskGroups page: assets");
        group.MapGet("snapshot", (RequestDelegate)page.WriteSnapshotAsync).WithDisplayName("TaskGroups page: snapshot");
        group.MapGet("history", (RequestDelegate)page.WriteHistoryAsync).WithDisplayName("TaskGroups page: history");
        group.MapGet("events", (RequestDelegate)page.WriteEventsAsync).WithDisplayName("TaskGroups page: events");
        group.MapGet("text", (RequestDelegate)page.WriteTextAsync).WithDisplayName("TaskGroups page: text");
        return group;
    }
}
