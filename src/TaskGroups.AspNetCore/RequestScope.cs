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

    private IServiceProvider GetAndServe()
    {
        IServiceProvidersFeature platform = Platform;
        lock (platform)
        {
            IServiceProvider services = platform.RequestServices;
            if (services is not null && !ReferenceEquals(services, _served))
            {
                Serve(services);
                request.OnServicesUsed();
                Volatile.Write(ref _served, services);
            }

            return services!; // null once the response has disposed the scope, as in the platform
        }
    }

    private void Serve(IServiceProvider services)
    {
        try
        {
            services.GetService<ScopedGroupHolder>()?.TryServe(request);
        }
        catch (InvalidOperationException)
        {
            // The application has put services in place that are disposed, or the root's, which give out no group: only code that uses them
            // fails.
        }
    }
}
