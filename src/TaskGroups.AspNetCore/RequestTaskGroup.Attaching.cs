using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace TaskGroups.AspNetCore;

// How the request comes to stand for its services, and how its scopes come to know it.
internal sealed partial class RequestTaskGroup
{
    /// <summary>Takes the place of the request's services.</summary>
    /// <exception cref="InvalidOperationException">
    /// They have given out a group already, which cannot be this request's. Not thrown to an error page.
    /// </exception>
    internal void Attach(IFeatureCollection features)
    {
        _services = features.Get<IServiceProvidersFeature>();
        if (_services is { RequestServices: { } scope } && requests.Scopes.HasOwnGroup(requests.ScopeOf(scope))
            && !IsExecutedAgain(features))
        {
            throw CameTooLate();
        }

        features.Set<IServiceProvidersFeature>(this);
        features.Set<ITaskGroupFeature>(this);
    }

    internal void Detach(IFeatureCollection features)
    {
        Interlocked.Exchange(ref _context, null); // seen by whoever links at this moment, or else the link is seen here
        LinkOther(null);
        IServiceProvidersFeature? services = _services;
        if (services == OwnScope.Promised)
        {
            // whoever is outside may have a scope from the server; this one is opened for nobody but those who have looked at it
            services = null;
        }
        else if (OwnOf(services)?.HandOver() is { } scope)
        {
            requests.Scopes.Remove(scope, this);
        }

        features.Set<ITaskGroupFeature>(null);
        if (ReferenceEquals(features.Get<IServiceProvidersFeature>(), this))
        {
            features.Set(services);
        }
    }

    // Whoever handled the failure may have used a group of the scope by then. An error page that is refused for that would hide the
    // failure.
    private static bool IsExecutedAgain(IFeatureCollection features) =>
        features.Get<IExceptionHandlerFeature>() is not null || features.Get<IStatusCodeReExecuteFeature>() is not null;

    private static InvalidOperationException CameTooLate() => new(
        "ITaskGroup was asked for before UseRequestTaskGroups() ran, so the services of this request hold a group that is not the "
            + "request's: no policy " +
        "of the endpoint limits it, and its failure has no answer. Call app.UseRequestTaskGroups() before the middleware that uses the "
        + "group. WebApplication puts " +
        "authentication and authorization first unless they are called: write app.UseRequestTaskGroups(), app.UseAuthentication() and " +
        "app.UseAuthorization(), in this order.");

    /// <summary>Makes this the request of a scope.</summary>
    internal void Link(object scope)
    {
        requests.Scopes.Add(scope, this);
        if (Volatile.Read(ref _context) is null)
        {
            // Somebody has kept this feature, or was late by an instant: what is linked after the end would stay linked.
            requests.Scopes.Remove(scope, this);
        }
    }

    private void LinkOther(object? scope)
    {
        if (_scope is { } earlier)
        {
            requests.Scopes.Remove(earlier, this);
        }

        _scope = scope;
        if (scope is not null)
        {
            Link(scope);
        }
    }
}
