using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.AspNetCore;

// The request's services. Asked for the group they answer at once; only for anything else is the DI scope opened, which costs more than the
// group.
internal sealed partial class RequestTaskGroup : IServiceProvidersFeature, IKeyedServiceProvider
{
    private static readonly Func<object, Task> Close = static request => ((RequestTaskGroup)request).CloseAsync();

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

            Promise();
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
                _services = new ReplacedScope(Own, value);
            }
            else
            {
                Services.RequestServices = value;
            }

            LinkOther(value is null ? null : requests.ScopeOf(value));
        }
    }

    /// <summary>Whether the request has had its own scope opened.</summary>
    internal bool HasScope => OwnOf(_services) is { Opened: not null };

    /// <summary>Whether the services are those that the server would give the request, so that they can wait for their first use.</summary>
    /// <remarks>One look: children may look first side by side, and between two looks another one may have come.</remarks>
    private bool IsOwnScope => Volatile.Read(ref _services) is { } services
        ? services is OwnScope { IsHandedOver: false }
        : requests.AnswersForScopes;

    // Also while another one stands in its place: whoever put that there may ask the first one still.
    private static OwnScope? OwnOf(IServiceProvidersFeature? services) =>
        services is ReplacedScope replaced ? replaced.Original : services as OwnScope;

    private OwnScope Own
    {
        get
        {
            Promise();
            if (OwnOf(Volatile.Read(ref _services)) is { } own && own != OwnScope.Promised)
            {
                return own;
            }

            lock (this)
            {
                if (_services == OwnScope.Promised)
                {
                    _services = new OwnScope(this, requests.ScopeFactory);
                }

                return OwnOf(_services)!;
            }
        }
    }

    private IServiceProvider Scope
    {
        get
        {
            OwnScope own = Own;
            return own.Opened ?? own.Open() ?? throw HasEnded();
        }
    }

    // Of containers that are asked for each scope.
    private IServiceProvidersFeature Services
    {
        get
        {
            if (_services is null)
            {
                lock (this)
                {
                    _services ??= new RequestServicesFeature(_context ?? throw HasEnded(), requests.ScopeFactory);
                }
            }

            return _services;
        }
    }

    // The locks are on this object, which nobody else locks: one more for each request would be paid by all (R32).
    // From the first look on, so that whatever the looker leaves to the response comes before the end of the scope. Once, whoever looks at
    // once.
    private void Promise()
    {
        if (_services is not null)
        {
            return;
        }

        lock (this)
        {
            if (_services is null)
            {
                HttpContext context = _context ?? throw HasEnded();
                context.Features.GetRequiredFeature<IHttpResponseFeature>().OnCompleted(Close, this);
                _services = OwnScope.Promised;
            }
        }
    }

    private Task CloseAsync()
    {
        OwnScope own;
        lock (this)
        {
            if (_services == OwnScope.Promised)
            {
                _services = OwnScope.Closed;
                return Task.CompletedTask;
            }

            own = OwnOf(_services)!;
        }

        return own.CloseAsync(); // services are disposed, which is user code: not under the lock (R25)
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
        nameof(IServiceProvider), "The request has ended, and with it the scope of its services. Work that outlives the request belongs "
            + "to IBackgroundTaskGroup.");

    /// <summary>What somebody put in the place of the request's own services, perhaps to put those back later.</summary>
    private sealed class ReplacedScope(OwnScope original, IServiceProvider services) : IServiceProvidersFeature
    {
        public OwnScope Original => original;

        public IServiceProvider RequestServices { get; set; } = services;
    }
}
