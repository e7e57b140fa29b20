using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Opens the groups of requests: named after the endpoint, limited by its policy, nested in the application's requests.</summary>
internal sealed class RequestGroups(
    ApplicationGroups application,
    GroupServices services,
    RequestScopes scopes,
    IServiceScopeFactory scopeFactory,
    IOptions<RequestTaskGroupOptions> options,
    ScopeRegistration registration)
{
    internal const string EndedHint =
        "The request has ended, or its group was joined before the response was sent. Work that outlives the request belongs to " +
        "IBackgroundTaskGroup; work of the response's body, or of a view, belongs to a group of its own, opened with "
        + "TaskGroup.RunAsync. An error " +
        "page or status page that is executed in the request's old scope needs a scope of its own: CreateScopeForErrors of "
        + "UseExceptionHandler, or the parameter " +
        "createScopeForStatusCodePages of UseStatusCodePagesWithReExecute.";

    private readonly GroupOrigin _origin = new() { ClosedHint = EndedHint, Services = application.Requests.Origin.Services };

    // Endpoints come and go with their data source, and take their settings with them.
    private readonly ConditionalWeakTable<Endpoint, Kind> _kinds = [];

    /// <summary>Whether the application's pipeline contains the middleware; set while the pipeline is built.</summary>
    internal bool HasMiddleware { get; set; }

    /// <summary>Whether a request may answer for its scope where it is asked for its group.</summary>
    internal bool AnswersForScopes { get; } = registration.IsOurs;

    internal RequestScopes Scopes => scopes;

    internal object ScopeOf(IServiceProvider provider) => services.ScopeOf(provider);

    internal IServiceScopeFactory ScopeFactory => scopeFactory;

    /// <summary>Opens a group for the request with these features.</summary>
    /// <remarks>
    /// Children may come here side by side. An <see cref="HttpContext"/> keeps what it has read, and is for one thread at a time for that
    /// reason;
    /// its features are only read.
    /// </remarks>
    internal TaskGroup Open(IFeatureCollection features)
    {
        Kind kind = KindOf(features);
        CancellationToken aborted = features.Get<IHttpRequestLifetimeFeature>()?.RequestAborted ?? default;
        return TaskGroup.Open(kind.Settings, kind.Name, application.Requests, aborted);
    }

    /// <summary>The time that the groups of an endpoint have; <see langword="null"/> if it is unlimited.</summary>
    internal TimeSpan? TimeoutOf(Endpoint? endpoint) => LimitOf(endpoint, static policy => policy.Timeout);

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

    private Kind KindOf(IFeatureCollection features)
    {
        Endpoint? endpoint = features.Get<IEndpointFeature>()?.Endpoint;
        IHttpRequestFeature request = features.GetRequiredFeature<IHttpRequestFeature>();
        if ((endpoint as RouteEndpoint)?.RoutePattern.RawText is not { } pattern)
        {
            return Create($"{request.Method} {new PathString(request.Path)}", endpoint);
        }

        // Where one endpoint serves several methods the name differs by request, and what differs by request is not kept: clients choose
        // it.
        return endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is [var method]
            ? _kinds.GetOrAdd(
                endpoint,
                static (endpoint, it) => it.This.Create(NameOf(it.Method, it.Pattern), endpoint),
                (This: this, Method: method, Pattern: pattern))
            : Create(NameOf(request.Method, pattern), endpoint);
    }

    private static string NameOf(string method, string pattern) => $"{method} /{pattern.TrimStart('/')}";

    private Kind Create(string name, Endpoint? endpoint)
    {
        var limits = new TaskGroupOptions
        {
            Timeout = TimeoutOf(endpoint),
            MaxConcurrency = LimitOf(endpoint, static policy => policy.MaxConcurrency),
            MaxWaiting = LimitOf(endpoint, static policy => policy.MaxWaiting),
        };
        try
        {
            return new Kind(name, GroupSettings.Read(limits, application.Requests.Settings, _origin));
        }
        catch (ArgumentException failure)
        {
            // The default policy was checked at the start; metadata that somebody puts on an endpoint is first seen here. To the app's
            // exception handling.
            throw new InvalidOperationException(
                $"The limits of '{name}' do not hold: {failure.Message} Correct the {nameof(RequestTaskGroupPolicy)} in the metadata of "
                    + $"the endpoint.",
                failure);
        }
    }

    /// <summary>What the groups of one endpoint have in common.</summary>
    private sealed record Kind(string Name, GroupSettings Settings);
}
