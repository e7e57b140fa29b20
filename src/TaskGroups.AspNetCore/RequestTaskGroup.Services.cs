using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.AspNetCore;

// The request's services. Asked for the group they answer at once; only for anything else is the DI scope opened, which costs more than the group.
internal sealed partial class RequestTaskGroup : IServiceProvidersFeature, IKeyedServiceProvider
{
    private IServiceProvidersFeature? _services; // the feature that this one stands in for; null until somebody needs it
    private object? _scope;                      // a scope of others that is linked to this request, see GroupServices.ScopeOf

    public IServiceProvider RequestServices
    {
        get
        {
            if (!IsOwnScope)
            {
                return LinkedScope();
            }

            _ = Services; // from here on the response closes the scope, so that what the reader leaves there is done before
            return this;
        }

        set
        {
            if (ReferenceEquals(value, this))
            {
                PutOwnScopeBack();
                return;
            }

            if (IsOwnScope)
            {
                _services = new ReplacedScope((OwnScope)Services, value);
            }
            else
            {
                Services.RequestServices = value;
            }

            LinkOther(value is null ? null : requests.ScopeOf(value));
        }
    }

    /// <summary>Whether the request has had its own scope opened.</summary>
    internal bool HasScope => Own is { Opened: not null };

    /// <summary>Whether the services are those that the server would give the request, so that they can wait for their first use.</summary>
    private bool IsOwnScope => _services is OwnScope { IsHandedOver: false } || (_services is null && requests.AnswersForScopes);

    // Also while another one stands in its place: whoever put that there may ask the first one still.
    private OwnScope? Own => (_services as ReplacedScope)?.Original ?? _services as OwnScope;

    // Made by one of those that ask at once, since the response must hear of it once.
    private IServiceProvidersFeature Services
    {
        get
        {
            if (Volatile.Read(ref _services) is { } made)
            {
                return made;
            }

            lock (this)
            {
                return _services ??= MakeServices();
            }
        }
    }

    private IServiceProvider Scope
    {
        get
        {
            OwnScope own = Own ?? (OwnScope)Services;
            return own.Opened ?? own.Open() ?? throw HasEnded();
        }
    }

    private IServiceProvidersFeature MakeServices()
    {
        HttpContext context = _context ?? throw HasEnded();
        return requests.AnswersForScopes
            ? new OwnScope(this, context.Features, requests.ScopeFactory)
            : new RequestServicesFeature(context, requests.ScopeFactory);
    }

    private IServiceProvider LinkedScope()
    {
        IServiceProvider services = Services.RequestServices;
        object? scope = services is null ? null : requests.ScopeOf(services);
        if (!ReferenceEquals(scope, _scope))
        {
            LinkOther(scope);
        }

        return services!; // null if somebody has set it to that
    }

    private void PutOwnScopeBack()
    {
        if (_services is ReplacedScope replaced)
        {
            _services = replaced.Original;
            LinkOther(null);
        }
    }

    object? IServiceProvider.GetService(Type serviceType) => serviceType == typeof(ITaskGroup) ? Open() : Scope.GetService(serviceType);

    object? IKeyedServiceProvider.GetKeyedService(Type serviceType, object? serviceKey) =>
        ((IKeyedServiceProvider)Scope).GetKeyedService(serviceType, serviceKey);

    object IKeyedServiceProvider.GetRequiredKeyedService(Type serviceType, object? serviceKey) =>
        ((IKeyedServiceProvider)Scope).GetRequiredKeyedService(serviceType, serviceKey);

    private static ObjectDisposedException HasEnded() => new(
        nameof(IServiceProvider), "The request has ended, and with it the scope of its services. Work that outlives the request belongs to IBackgroundTaskGroup.");

    /// <summary>What somebody put in the place of the request's own services, perhaps to put those back later.</summary>
    private sealed class ReplacedScope(OwnScope original, IServiceProvider services) : IServiceProvidersFeature
    {
        public OwnScope Original => original;

        public IServiceProvider RequestServices { get; set; } = services;
    }
}
