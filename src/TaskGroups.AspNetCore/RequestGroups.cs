using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Opens the groups of requests: named after the endpoint, limited by its policy, nested in the application's requests.</summary>
internal sealed class RequestGroups(
    ApplicationGroups application,
    GroupServices services,
    RequestScopes scopes,
    IServiceScopeFactory scopeFactory,
    EndpointSettingsCache endpoints,
    ScopeRegistration registration)
{
    internal const string EndedHint =
        "The request has ended, or its group was joined before the response was sent. Work that outlives the request belongs to " +
        "IBackgroundTaskGroup; work of the response's body, or of a view, belongs to a group of its own, opened with "
        + "TaskGroup.RunAsync. An error " +
        "page or status page that is executed in the request's old scope needs a scope of its own: CreateScopeForErrors of "
        + "UseExceptionHandler, or the parameter " +
        "createScopeForStatusCodePages of UseStatusCodePagesWithReExecute.";

    /// <summary>Whether the application's pipeline contains the middleware; set while the pipeline is built.</summary>
    internal bool HasMiddleware { get; set; }

    /// <summary>Whether a request may answer for its scope where it is asked for its group.</summary>
    internal bool AnswersForScopes { get; } = registration.IsOurs;

    internal EndpointSettingsCache Endpoints => endpoints;

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
        EndpointSettings settings = endpoints.Of(features.Get<IEndpointFeature>()?.Endpoint);
        string name = settings.NameFor(features.GetRequiredFeature<IHttpRequestFeature>());
        CancellationToken aborted = features.Get<IHttpRequestLifetimeFeature>()?.RequestAborted ?? default;
        return TaskGroup.Open(settings.Group, name, application.Requests, aborted);
    }
}
