using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Opens the groups of requests: named after the endpoint, limited by its policy, nested in the application's requests.</summary>
internal sealed class RequestGroupFactory(
    ApplicationGroups application, IServiceScopeFactory scopeFactory, EndpointSettingsCache endpoints, RequestGroupObserver observer,
    IncomingDeadlines deadlines, DefaultTimeoutWatch watch, ILogger<RequestTaskGroupsMiddleware> logger) : IDisposable
{
    public const string EndedHint = "The request has ended. Work that outlives the request belongs to IBackgroundTaskGroup.";

    /// <summary>Whether the application's pipeline contains the middleware; set while the pipeline is built.</summary>
    public bool HasMiddleware { get; set; }

    public IServiceScopeFactory ScopeFactory => scopeFactory;

    public RequestGroupObserver Observer => observer;

    public SafeLogger Logger { get; } = new(logger);

    /// <summary>The requests under way while the application stops.</summary>
    public RequestsAtStop AtStop { get; } = new();

    /// <summary>The time at which a request comes to the middleware, for <see cref="Open"/>.</summary>
    public long Now => application.TimeProvider.GetTimestamp();

    /// <summary>Opens a group for the request with these features.</summary>
    /// <param name="features">Of the request.</param>
    /// <param name="startedAt">When the request came to the middleware: its limit counts from then (R50).</param>
    /// <param name="owner">The request.</param>
    /// <param name="call">The remote call that the request is; <see langword="null"/> if it is none.</param>
    /// <remarks>
    /// Children may come here side by side. An <see cref="HttpContext"/> keeps what it has read, and is for one thread at a time for that
    /// reason; its features are only read.
    /// </remarks>
    public TaskGroup Open(IFeatureCollection features, long startedAt, RequestTaskGroup owner, RemoteCall? call)
    {
        EndpointSettings settings = SettingsOf(features);
        string name = call?.Name ?? settings.NameFor(features.GetRequiredFeature<IHttpRequestFeature>());
        CancellationToken aborted = features.Get<IHttpRequestLifetimeFeature>()?.RequestAborted ?? default;
        (TimeSpan? left, bool isCallers) = TimeLeft(features, settings, startedAt, call);
        GroupSettings group = IsConnection(features) ? settings.OfConnection : settings.Group;
        TaskGroup opened = TaskGroup.Open(group, name, application.Requests, aborted, left, isCallers);
        opened.Owner = owner;
        if (group.TimeoutWatch is not null && !isCallers)
        {
            watch.OnOpened(startedAt, group.Timeout!.Value);
        }

        return opened;
    }

    /// <summary>Whether the limit of the endpoint, or the deadline of the caller, has passed.</summary>
    public bool HasNoTimeLeft(IFeatureCollection features, long startedAt, RemoteCall? call) =>
        TimeLeft(features, SettingsOf(features), startedAt, call).Left == TimeSpan.Zero;

    /// <summary>Gives requests the hard signal: those with a group end with it, the others are aborted (R33).</summary>
    public void EndGrace()
    {
        AtStop.Begin();
        application.Requests.Cancel(CancellationReason.HostStopping);
        AtStop.EndGrace();
    }

    public void Dispose() => AtStop.Dispose();

    /// <summary>Gives the group of a request that has ended without one: it has completed, and refuses work with its message.</summary>
    public TaskGroup OpenEnded(Endpoint? endpoint)
    {
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { Name = endpoint is null ? "request" : EndpointName.Of(endpoint) },
            hostContext: endpoints.Of(endpoint).Group.HostContext);
        group.TryCloseAlone();
        return group;
    }

    // A WebSocket, or a response that says that it is a stream of events.
    private static bool IsConnection(IFeatureCollection features) =>
        features.Get<IHttpWebSocketFeature>() is { IsWebSocketRequest: true }
        || (features.Get<IHttpResponseFeature>()?.Headers.ContentType is [{ } type]
            && type.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase));

    // A deadline can only shorten what the endpoint's own limit leaves.
    private (TimeSpan? Left, bool IsCallers) TimeLeft(
        IFeatureCollection features, EndpointSettings settings, long startedAt, RemoteCall? call)
    {
        TimeSpan? own = settings.Timeout is { } timeout ? LeftOf(timeout, startedAt) : null;
        TimeSpan? callers = Earlier(LeftOf(deadlines.Of(features)), LeftOf(call?.Deadline));
        return callers is null || own <= callers ? (own, false) : (callers, true);
    }

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => other is null || one <= other ? one : other;

    private TimeSpan? LeftOf(CallersDeadline? deadline) => deadline is null ? null : LeftOf(deadline.Limit, deadline.ReceivedAt);

    private TimeSpan LeftOf(TimeSpan limit, long startedAt)
    {
        TimeSpan left = limit - application.TimeProvider.GetElapsedTime(startedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private EndpointSettings SettingsOf(IFeatureCollection features) => endpoints.Of(features.Get<IEndpointFeature>()?.Endpoint);
}
