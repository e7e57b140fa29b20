using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Opens the groups of requests: named after the endpoint, limited by its policy, nested in the application's requests.</summary>
internal sealed class RequestGroupFactory(
    ApplicationGroups application, IServiceScopeFactory scopeFactory, EndpointSettingsCache endpoints)
{
    public const string EndedHint = "The request has ended. Work that outlives the request belongs to IBackgroundTaskGroup.";

    /// <summary>Whether the application's pipeline contains the middleware; set while the pipeline is built.</summary>
    public bool HasMiddleware { get; set; }

    public IServiceScopeFactory ScopeFactory => scopeFactory;

    /// <summary>Opens a group for the request with these features.</summary>
    /// <remarks>
    /// Children may come here side by side. An <see cref="HttpContext"/> keeps what it has read, and is for one thread at a time for that
    /// reason; its features are only read.
    /// </remarks>
    public TaskGroup Open(IFeatureCollection features)
    {
        EndpointSettings settings = SettingsOf(features);
        string name = settings.NameFor(features.GetRequiredFeature<IHttpRequestFeature>());
        CancellationToken aborted = features.Get<IHttpRequestLifetimeFeature>()?.RequestAborted ?? default;
        return TaskGroup.Open(settings.Group, name, application.Requests, aborted);
    }

    /// <summary>Gives the group of a request that has ended without one: it has completed, and refuses work with its message.</summary>
    public TaskGroup OpenEnded(Endpoint? endpoint)
    {
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { Name = endpoint?.DisplayName ?? "request" }, origin: endpoints.Of(endpoint).Group.Origin);
        group.TryCloseAlone();
        return group;
    }

    /// <summary>Whether the limit of the endpoint is zero.</summary>
    public bool HasNoTime(IFeatureCollection features) => SettingsOf(features).Timeout == TimeSpan.Zero;

    private EndpointSettings SettingsOf(IFeatureCollection features) => endpoints.Of(features.Get<IEndpointFeature>()?.Endpoint);
}
