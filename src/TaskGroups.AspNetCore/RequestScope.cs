using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Stands around the platform's feature for the request's services. On their first use it tells their scope which request it serves, so
/// that an <see cref="ITaskGroup"/> resolved there is the request's. The platform opens, keeps and disposes the scope.
/// </summary>
/// <remarks>
/// Children may use the services first, side by side, so the first use is serialized. The platform's feature then registers the disposal
/// with the response, which is no more thread-safe than the response is.
/// </remarks>
internal sealed class RequestScope(RequestTaskGroup request, HttpContext context, IServiceProvidersFeature? platform)
    : IServiceProvidersFeature
{
    private IServiceProvidersFeature? _platform = platform;
    private IServiceProvider? _served; // the services whose scope was told last

    public IServiceProvider RequestServices
    {
        get => Volatile.Read(ref _served) is { } served && ReferenceEquals(served, _platform!.RequestServices) ? served : GetAndServe();
        set
        {
            IServiceProvidersFeature platform = Platform;
            lock (platform)
            {
                platform.RequestServices = value; // the scope of these services is told when they are used
            }
        }
    }

    /// <summary>Whether these are the features of this request: a sub-request may have copied them into a collection of its own.</summary>
    public bool IsOf(IFeatureCollection features) => ReferenceEquals(context.Features, features);

    /// <summary>Asks to be told when the services are used again.</summary>
    public void Forget() => Volatile.Write(ref _served, null);

    private IServiceProvidersFeature Platform =>
        Volatile.Read(ref _platform)
        ?? Interlocked.CompareExchange(ref _platform, new RequestServicesFeature(context, request.ScopeFactory), null)
        ?? _platform;

    /// <summary>Whether this is a sub-request with a scope of its own: its services would be those of the request around it.</summary>
    public bool HasOwn => Volatile.Read(ref _platform) is OwnScope { IsTaken: false };

    /// <summary>Disposes the scope of a sub-request: its response does not.</summary>
    public ValueTask DisposeOwnAsync() =>
        HasOwn && _platform is OwnScope own ? own.DisposeAsync() : ValueTask.CompletedTask;

    private IServiceProvider GetAndServe()
    {
        IServiceProvidersFeature platform = Platform;
        lock (platform)
        {
            IServiceProvider services = platform.RequestServices;
            if (services is not null && !ReferenceEquals(services, _served))
            {
                if (IsOfAnotherRequest(services))
                {
                    services = OpenOwn();
                }

                request.OnServicesUsed();
                Volatile.Write(ref _served, services);
            }

            return services!; // null once the response has disposed the scope, as in the platform
        }
    }

    /// <summary>Tells a scope that it serves this request.</summary>
    /// <returns>Whether it serves another one: a sub-request has copied the features of the request around it.</returns>
    private bool IsOfAnotherRequest(IServiceProvider services)
    {
        try
        {
            return services.GetService<ScopedGroupHolder>() is { IsRoot: false } holder && !holder.TryServe(request);
        }
        catch (InvalidOperationException)
        {
            // The application has put services in place that are disposed, or the root's, which give out no group: only code that uses them
            // fails.
            return false;
        }
    }

    // In place of the copied feature, which must go on giving the outer request its own.
    private IServiceProvider OpenOwn()
    {
        AsyncServiceScope own = request.ScopeFactory.CreateAsyncScope();
        own.ServiceProvider.GetService<ScopedGroupHolder>()?.TryServe(request);
        Volatile.Write(ref _platform, new OwnScope(own));
        return own.ServiceProvider;
    }

    private sealed class OwnScope(AsyncServiceScope scope) : IServiceProvidersFeature
    {
        public IServiceProvider RequestServices { get; set; } = scope.ServiceProvider;

        public bool IsTaken { get; private set; }

        public ValueTask DisposeAsync()
        {
            IsTaken = true;
            RequestServices = null!; // as in the platform
            return scope.DisposeAsync();
        }
    }
}
