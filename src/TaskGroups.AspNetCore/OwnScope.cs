using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.AspNetCore;

/// <summary>The request's own DI scope, opened when a service is first asked for, and disposed when the response is done.</summary>
/// <remarks>
/// What the platform's <see cref="RequestServicesFeature"/> does, but from the features of the request: that one asks the
/// <see cref="HttpContext"/>,
/// which keeps what it has read and is for one thread at a time, while here a child may be the first to ask.
/// </remarks>
internal sealed class OwnScope(RequestTaskGroup? request, IServiceScopeFactory? scopes) : IServiceProvidersFeature
{
    private IServiceScope? _scope;
    private IServiceProvider? _others; // what somebody put in the place of the scope's services
    private bool _isReplaced;
    private bool _isClosed;

    /// <summary>Stands for the scope of a request that the response will close, and that nobody has needed yet.</summary>
    public static OwnScope Promised { get; } = new(null, null);

    /// <summary>Stands for a scope that the response has closed before anybody needed it.</summary>
    public static OwnScope Closed { get; } = new(null, null) { _isClosed = true };

    /// <summary>Whether the request's group has ended: from now on this is nothing but what the server would have.</summary>
    public bool IsHandedOver { get; private set; }

    /// <summary>The services of the scope, if it is open.</summary>
    public IServiceProvider? Opened => Volatile.Read(ref _scope)?.ServiceProvider;

    public IServiceProvider RequestServices
    {
        get => (_isReplaced ? _others : Open())!; // null once the response has closed the scope, as in the platform
        set
        {
            _others = value;
            _isReplaced = true;
        }
    }

    /// <summary>Opens the scope, unless it is open.</summary>
    /// <returns>Its services; <see langword="null"/> once the response has closed it.</returns>
    /// <remarks>Children ask from their threads, so it is done under a lock. No user code runs there (R25).</remarks>
    public IServiceProvider? Open()
    {
        lock (this) // which nobody else locks; an object for it would be paid by each request
        {
            if (_scope is null && !_isClosed)
            {
                IServiceScope scope = scopes!.CreateScope();
                request!.Link(scope.ServiceProvider); // first: whoever sees the scope may ask it for the group
                Volatile.Write(ref _scope, scope);
            }
        }

        return Opened;
    }

    /// <summary>Marks the scope as handed over.</summary>
    /// <returns>Its services, if it is open.</returns>
    public IServiceProvider? HandOver()
    {
        lock (this)
        {
            IsHandedOver = true;
            return Opened;
        }
    }

    /// <summary>Disposes the scope, if it was opened. Nobody opens it any more.</summary>
    public async Task CloseAsync()
    {
        IServiceScope? scope;
        lock (this)
        {
            _isClosed = true;
            scope = _scope;
            _scope = null;
            RequestServices = null!;
        }

        if (scope is not null)
        {
            await new AsyncServiceScope(scope).DisposeAsync().ConfigureAwait(false); // services may be disposable in that way only
        }
    }
}
