using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Reads the settings of endpoints from their metadata and the options, and keeps them. Thread-safe.</summary>
internal sealed class EndpointSettingsCache(ApplicationGroups application, IOptions<RequestTaskGroupOptions> options)
{
    private readonly GroupOrigin _origin = new()
    {
        ClosedHint = RequestGroupFactory.EndedHint,
        Services = application.Requests.Origin.Services,
    };

    // Weak keys: endpoints are replaced when their data source changes, and take their settings with them.
    private readonly ConditionalWeakTable<Endpoint, EndpointSettings> _settings = [];
    private EndpointSettings? _withoutEndpoint;

    /// <summary>The settings of an endpoint; those of requests without one, if it is <see langword="null"/>.</summary>
    /// <exception cref="InvalidOperationException">The limits in the endpoint's metadata contradict each other.</exception>
    public EndpointSettings Of(Endpoint? endpoint) => endpoint is null
        ? _withoutEndpoint ??= Read(null)
        : _settings.GetOrAdd(endpoint, static (endpoint, cache) => cache.Read(endpoint), this);

    private EndpointSettings Read(Endpoint? endpoint)
    {
        string? pattern = (endpoint as RouteEndpoint)?.RoutePattern.RawText;

        // An endpoint that serves several methods has a name for each, and a client may choose any: such names are not kept.
        string? name = pattern is not null && endpoint!.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is [var method]
            ? EndpointSettings.NameOf(method, pattern)
            : null;
        var limits = new TaskGroupOptions
        {
            Timeout = LimitOf(endpoint, static policy => policy.Timeout),
            MaxConcurrency = LimitOf(endpoint, static policy => policy.MaxConcurrency),
            MaxWaiting = LimitOf(endpoint, static policy => policy.MaxWaiting),
        };
        try
        {
            return new EndpointSettings(GroupSettings.Read(limits, application.Requests.Settings, _origin), name, pattern);
        }
        catch (ArgumentException failure)
        {
            // The default policy is validated at start; metadata of an endpoint is first read here.
            throw new InvalidOperationException(
                $"The limits of '{name ?? endpoint?.DisplayName}' do not hold: {failure.Message} Correct the "
                    + $"{nameof(RequestTaskGroupPolicy)} in the metadata of the endpoint.",
                failure);
        }
    }

    /// <summary>One limit of an endpoint: the last that is set there, or else the default policy's.</summary>
    private T? LimitOf<T>(Endpoint? endpoint, Func<RequestTaskGroupPolicy, T?> limit)
        where T : struct
    {
        IReadOnlyList<RequestTaskGroupPolicy> policies = endpoint?.Metadata.GetOrderedMetadata<RequestTaskGroupPolicy>() ?? [];
        for (int last = policies.Count - 1; last >= 0; last--)
        {
            if (limit(policies[last]) is { } set)
            {
                return set;
            }
        }

        return options.Value.DefaultPolicy is { } fallback ? limit(fallback) : null;
    }
}
