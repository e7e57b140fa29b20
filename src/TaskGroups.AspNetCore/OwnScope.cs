using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.AspNetCore;

/// <summary>The request's own DI scope, opened when its services are first asked for, and disposed when the response is done.</summary>
/// <remarks>
/// What the platform's <see cref="RequestServicesFeature"/> does, but from the features of the request: that one asks the <see cref="HttpContext"/>,
/// which keeps what it has read and is for one thread at a time, while here a child may be the first to ask.
/// </remarks>
internal sealed class OwnScope(IFeatureCollection features, IServiceScopeFactory scopes) : IServiceProvidersFeature
{
    private static readonly Func<object, Task> Close = static scope => ((OwnScope)scope).CloseAsync();

    private IServiceScope? _scope;
    private IServiceProvider? _services;
    private bool _isSet;

    public IServiceProvider RequestServices
    {
        get
        {
            if (!_isSet)
            {
                features.GetRequiredFeature<IHttpResponseFeature>().OnCompleted(Close, this);
                _scope = scopes.CreateScope();
                RequestServices = _scope.ServiceProvider;
            }

            return _services!; // null once the scope has been disposed
        }

        set
        {
            _services = value;
            _isSet = true;
        }
    }

    private async Task CloseAsync()
    {
        if (_scope is { } scope)
        {
            await new AsyncServiceScope(scope).DisposeAsync().ConfigureAwait(false); // services may be disposable in that way only
        }

        _scope = null;
        _services = null;
    }
}
