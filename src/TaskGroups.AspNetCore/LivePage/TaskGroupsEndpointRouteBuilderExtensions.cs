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
        Map(group, "", "page", page.WritePageAsync);
        Map(group, "{asset}", "assets", LivePage.WriteAssetAsync);
        Map(group, "snapshot", "snapshot", page.WriteSnapshotAsync);
        Map(group, "history", "history", page.WriteHistoryAsync);
        Map(group, "events", "events", page.WriteEventsAsync);
        Map(group, "text", "text", page.WriteTextAsync);
        return group;
    }

    // Nothing else than GET and HEAD: the page changes nothing. The server leaves the body of an answer to HEAD out.
    private static void Map(RouteGroupBuilder group, string pattern, string what, RequestDelegate answer) =>
        group.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], answer).WithDisplayName($"TaskGroups page: {what}");
}
