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

/// <summary>Refuses to start an application whose live page is open to everybody by oversight (R38).</summary>
internal sealed class LivePageCheck(
    LivePageMapping mapping,
    IOptions<TaskGroupsPageOptions> options,
    IOptions<AuthorizationOptions> authorization,
    IHostEnvironment environment,
    ILogger<LivePage> logger) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        if (mapping.IsMapped)
        {
            Check(app.ApplicationServices.GetRequiredService<EndpointDataSource>().Endpoints);
        }
    };

    /// <exception cref="InvalidOperationException">An endpoint of the page says nothing of authorization.</exception>
    private void Check(IReadOnlyList<Endpoint> endpoints)
    {
        List<Endpoint> pages = [.. endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<LivePageMetadata>() is not null)];
        if (pages.Count == 0)
        {
            return;
        }

        _ = options.Value; // validated here: the application has the page
        Endpoint? open = pages.Find(page => page.Metadata.GetMetadata<IAllowAnonymous>() is not null);
        if (open is not null)
        {
            if (!environment.IsDevelopment())
            {
                logger.LivePageIsOpen(PatternOf(open));
            }

            return;
        }

        if (authorization.Value.FallbackPolicy is null && pages.Find(page => !DemandsAuthorization(page)) is { } unguarded)
        {
            throw new InvalidOperationException(
                $"The live page at '{PatternOf(unguarded)}' says nothing of authorization, so everybody could look into the process. "
                + "Write app.MapTaskGroups().RequireAuthorization(\"operations\") with a policy of yours, or "
                + "app.MapTaskGroups().AllowAnonymous() where everybody may look, or set AuthorizationOptions.FallbackPolicy.");
        }
    }

    private static bool DemandsAuthorization(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null || endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is not null;

    private static string PatternOf(Endpoint endpoint) =>
        (endpoint as RouteEndpoint)?.RoutePattern.RawText?.TrimEnd('/') ?? endpoint.DisplayName ?? "";
}
