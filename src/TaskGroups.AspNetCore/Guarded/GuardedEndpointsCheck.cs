using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace TaskGroups.AspNetCore;

/// <summary>Refuses to start an application whose live page or jobs are open to everybody by oversight (R38).</summary>
internal sealed class GuardedEndpointsCheck(
    GuardedEndpoints guarded,
    IOptions<TaskGroupsPageOptions> options,
    IOptions<AuthorizationOptions> authorization,
    IHostEnvironment environment,
    ILogger<GuardedEndpointsCheck> logger) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        if (guarded.AreMapped)
        {
            IReadOnlyList<Endpoint> all = app.ApplicationServices.GetRequiredService<EndpointDataSource>().Endpoints;
            foreach (IGrouping<GuardedEndpointMetadata?, Endpoint> mapped in all.GroupBy(
                each => each.Metadata.GetMetadata<GuardedEndpointMetadata>()))
            {
                if (mapped.Key is { } metadata)
                {
                    Check(metadata, [.. mapped]);
                }
            }
        }
    };

    /// <exception cref="InvalidOperationException">An endpoint says nothing of authorization.</exception>
    private void Check(GuardedEndpointMetadata metadata, List<Endpoint> endpoints)
    {
        if (metadata == GuardedEndpointMetadata.LivePage)
        {
            _ = options.Value; // validated here: the application has the page
        }

        Endpoint? open = endpoints.Find(each => each.Metadata.GetMetadata<IAllowAnonymous>() is not null);
        if (open is not null)
        {
            if (!environment.IsDevelopment())
            {
                metadata.Warn(logger, PatternOf(open));
            }

            return;
        }

        if (authorization.Value.FallbackPolicy is null && endpoints.Find(each => !DemandsAuthorization(each)) is { } unguarded)
        {
            throw new InvalidOperationException(
                $"The {metadata.What} at '{PatternOf(unguarded)}' says nothing of authorization, so everybody could {metadata.Risk}. "
                + $"Write app.{metadata.Call}().RequireAuthorization(\"operations\") with a policy of yours, or "
                + $"app.{metadata.Call}().AllowAnonymous() where everybody may, or set AuthorizationOptions.FallbackPolicy.");
        }
    }

    private static bool DemandsAuthorization(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null || endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is not null;

    private static string PatternOf(Endpoint endpoint) =>
        (endpoint as RouteEndpoint)?.RoutePattern.RawText?.TrimEnd('/') ?? endpoint.DisplayName ?? "";
}
