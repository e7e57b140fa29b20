using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Reads the settings of endpoints from their metadata and the options, and keeps them. Thread-safe.</summary>
internal sealed class EndpointSettingsCache(
    ApplicationGroups application,
    IOptions<RequestTaskGroupOptions> options,
    RequestGroupObserver observer,
    DefaultTimeoutWatch watch,
    IEnumerable<JoinedEndpoint> joined)
{
    // Not before the first endpoint: the options are read and validated when the application starts.
    private readonly Lazy<HostContext> _hostContext = new(() => new()
    {
        CompletedHint = RequestGroupFactory.EndedHint,
        Services = application.Requests.HostContext.Services,
        Kind = GroupKind.Request,
        ChildLimit = options.Value.MaxChildren is { } size
            ? new SharedChildLimit(size, $"{nameof(RequestTaskGroupOptions)}.{nameof(RequestTaskGroupOptions.MaxChildren)}")
            : null,
    });

    // Weak keys: endpoints are replaced when their data source changes, and take their settings with them.
    private readonly ConditionalWeakTable<Endpoint, EndpointSettings> _settings = [];
    private EndpointSettings? _withoutEndpoint;

    /// <summary>The settings of an endpoint; those of requests without one, if it is <see langword="null"/>.</summary>
    /// <exception cref="InvalidOperationException">
    /// The endpoint names a policy that does not exist, or its limits cannot be.
    /// </exception>
    public EndpointSettings Of(Endpoint? endpoint) => endpoint is null
        ? _withoutEndpoint ??= Read(null)
        : _settings.GetOrAdd(endpoint, static (endpoint, cache) => cache.Read(endpoint), this);

    private EndpointSettings Read(Endpoint? endpoint)
    {
        IReadOnlyList<object> metadata = endpoint?.Metadata ?? EndpointMetadataCollection.Empty;
        RequestTaskGroupPolicy? limits = EndpointStatements.LimitsOf(metadata, EndpointName.OfRequest(endpoint), options.Value);
        string? pattern = (endpoint as RouteEndpoint)?.RoutePattern.RawText;

        // An endpoint that serves several methods has a name for each, and a client may choose any: such names are not kept.
        string? name = pattern is not null && endpoint!.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is [var method]
            ? EndpointSettings.NameOf(method, pattern)
            : null;
        return new EndpointSettings(Read(endpoint, limits), EndpointName.OfAction(endpoint) ?? name, pattern, isDisabled: limits is null);
    }

    private GroupSettings Read(Endpoint? endpoint, RequestTaskGroupPolicy? limits)
    {
        bool hasDefault = limits is { Timeout: null } && IsJoinedBeforeResponse(endpoint);
        var group = new TaskGroupOptions
        {
            Timeout = hasDefault ? options.Value.DefaultTimeout : limits?.Timeout,
            MaxConcurrency = limits?.MaxConcurrency,
            MaxWaiting = limits?.MaxWaiting,
            Observer = observer,
        };
        if (limits?.ChildStart is { } childStart)
        {
            group.ChildStart = childStart;
        }

        try
        {
            GroupSettings read = GroupSettings.Read(group, application.Requests.Settings, _hostContext.Value);
            return hasDefault && read.Timeout >= DefaultTimeoutWatch.Shortest ? read.WithWatchedTimeout(watch) : read;
        }
        catch (ArgumentException failure)
        {
            // Options are validated at start, each policy by itself; what an endpoint joins from several is first seen here.
            throw new InvalidOperationException(
                $"The task group limits of endpoint '{EndpointName.OfRequest(endpoint)}' cannot be: {failure.Message} Correct its "
                    + "WithTaskGroup(...), its [TaskGroup(...)], or the policy that it names.",
                failure);
        }
    }

    private bool IsJoinedBeforeResponse(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<EndpointJoin>() is { IsBeforeResponse: true }
        || endpoint?.Metadata.GetMetadata<ActionDescriptor>() is not null
        || (endpoint is not null && joined.Any(
            kind => endpoint.Metadata.Any(each => kind.Metadata.IsInstanceOfType(each) && kind.IsBeforeResponse?.Invoke(each) == true)));
}
