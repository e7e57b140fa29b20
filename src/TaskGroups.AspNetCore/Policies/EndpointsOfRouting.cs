using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Lets routing match the list of endpoints that dependency injection gives out, which the checks at the start have read, and link
/// generation and OpenAPI read as well. Left alone, routing makes a list of its own, and builds every endpoint a second time.
/// </summary>
/// <remarks>
/// Routing copies the data sources of its builder while the pipeline is built. That list has the endpoints of all pipelines, so it stands
/// for those of one only where there is no other. The application finds its data sources as it has left them.
/// </remarks>
internal sealed class EndpointsOfRouting(IApplicationBuilder app)
{
    private const string BuilderKey = "__EndpointRouteBuilder"; // of UseRouting

    private ICollection<EndpointDataSource>? _sources;
    private EndpointDataSource[] _mapped = [];

    /// <summary>Puts the list in place of the application's data sources, if it has the same.</summary>
    public void Share()
    {
        if (app.Properties.TryGetValue(BuilderKey, out object? builder)
            && builder is IEndpointRouteBuilder { DataSources: { Count: > 0 } sources }
            && app.ApplicationServices.GetService<EndpointDataSource>() is CompositeEndpointDataSource all
            && all.DataSources.SequenceEqual(sources))
        {
            _sources = sources;
            _mapped = [.. sources];
            sources.Clear();
            sources.Add(all);
        }
    }

    /// <summary>Puts the application's data sources back.</summary>
    public void Restore()
    {
        if (_sources is { } sources)
        {
            _sources = null;
            sources.Clear();
            foreach (EndpointDataSource each in _mapped)
            {
                sources.Add(each);
            }
        }
    }
}
