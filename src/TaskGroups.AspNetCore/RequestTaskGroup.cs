using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// The <see cref="ITaskGroup"/> of one request: a facade over its current group (R51). One object, however many groups stand behind it: an
/// early join is followed by a new group at the next use.
/// </summary>
/// <remarks>
/// May be used from any thread.
/// <list type="table">
/// <listheader><term><c>_current</c></term><description>Meaning</description></listheader>
/// <item><term><see langword="null"/></term><description>No group yet. Inside the middleware the next use opens one; outside, the group of
/// the request's scope is used.</description></item>
/// <item><term>a <see cref="TaskGroup"/> that has not completed</term><description>In use, or being joined: children may start
/// siblings.</description></item>
/// <item><term>a <see cref="TaskGroup"/> that has completed</term><description>Joined early. The next use opens
/// another.</description></item>
/// <item><term><see cref="Ended"/></term><description>The request has left the middleware: every use is refused (R31), until the request
/// uses its services again, or an error page enters the middleware.</description></item>
/// </list>
/// </remarks>
internal sealed partial class RequestTaskGroup : TaskGroupFacade, ITaskGroupFeature, IScopeOwner
{
    private static readonly object Ended = new();

    private readonly RequestGroupFactory _factory;
    private readonly RequestScope _scope;
    private readonly CancellationToken _aborted; // the server's: nothing has replaced it yet when the request is attached (R42)
    private IFeatureCollection? _features;       // null outside the middleware: afterwards the server uses them for the next request
    private object? _current;
    private object? _failed;                     // the group whose join failed last; else, after the request, its endpoint
    private ScopedTaskGroup? _early;             // what owns the group that was used before the middleware was reached
    private KeyValuePair<string, StringValues>[]? _headers; // those that middleware outside had set
    private long _startedAt;
    private RemoteCall? _call;               // null: an ordinary request
    private CancellationTokenRegistration _stopping;

    private RequestTaskGroup(RequestGroupFactory factory, HttpContext context)
    {
        IFeatureCollection features = context.Features;
        _factory = factory;
        _scope = new RequestScope(this, context, features.Get<IServiceProvidersFeature>());
        _aborted = features.Get<IHttpRequestLifetimeFeature>()?.RequestAborted ?? default;
    }

    /// <summary>The current group, opened if there is none.</summary>
    public override TaskGroup Group => Volatile.Read(ref _current) is TaskGroup { IsCompleted: false } current ? current : GetOrOpen();

    ITaskGroup ITaskGroupFeature.Group => this;

    IServiceProvider? IScopeOwner.Scope => _scope.RequestServices;

    /// <summary>The group whose join failed last; <see langword="null"/> if none did, or another was joined well since.</summary>
    public TaskGroup? Failed => _failed as TaskGroup;

    /// <summary>The server's token: fires when the client has gone, whatever stands in <c>HttpContext.RequestAborted</c> (R42).</summary>
    public CancellationToken Aborted => _aborted;

    /// <summary>The name of its group, or of the remote call that it is; <see langword="null"/> if it has none and is none.</summary>
    public string? CurrentName => Volatile.Read(ref _current) is TaskGroup { IsCompleted: false } group ? group.Name : _call?.Name;

    /// <summary>When the request came to the middleware: its limit counts from then (R50).</summary>
    public long StartedAt => _startedAt;

    /// <summary>Whether the response is written already, although it has not started: as a gRPC status without a message.</summary>
    public bool IsAnswered => _call is { IsAnswered: true };

    /// <summary>The headers of the response that were there before the request came to the middleware.</summary>
    public ReadOnlySpan<KeyValuePair<string, StringValues>> HeadersBefore => _headers;

    /// <summary>Where the platform takes the request's scope from.</summary>
    public IServiceScopeFactory ScopeFactory => _factory.ScopeFactory;

    /// <summary>Finds the feature of a request; <see langword="null"/> if it has none of its own, as in a sub-request that copies
    /// features.</summary>
    public static RequestTaskGroup? Of(HttpContext context) =>
        context.Features.Get<ITaskGroupFeature>() is RequestTaskGroup request && request._scope.IsOf(context.Features) ? request : null;

    /// <summary>Finds a request that is inside the middleware.</summary>
    public static RequestTaskGroup? Inside(HttpContext context) => Of(context) is { _features: not null } request ? request : null;

    /// <summary>Gives a request its feature and stands around its services.</summary>
    public static RequestTaskGroup Attach(RequestGroupFactory factory, HttpContext context)
    {
        var request = new RequestTaskGroup(factory, context);
        context.Features.Set<IServiceProvidersFeature>(request._scope);
        context.Features.Set<ITaskGroupFeature>(request);
        return request;
    }

    private TaskGroup GetOrOpen()
    {
        while (true)
        {
            object? seen = Volatile.Read(ref _current);
            if (seen is TaskGroup { IsCompleted: false } current)
            {
                return current;
            }

            if (ReferenceEquals(seen, Ended))
            {
                return GetEnded();
            }

            if (_features is not { } features)
            {
                if (Volatile.Read(ref _current) is null)
                {
                    return GetEarly();
                }

                continue; // the request has ended meanwhile
            }

            TaskGroup group = _factory.Open(features, _startedAt, this, _call);
            if (ReferenceEquals(Interlocked.CompareExchange(ref _current, group, seen), seen))
            {
                return group;
            }

            // Two threads were first, or the request ended meanwhile. Nothing has used this group, so its join is immediate.
            _ = group.CloseAsync();
        }
    }

    // Outside the middleware the scope owns the group: the middleware joins it if the request comes there, else the end of the scope does.
    private TaskGroup GetEarly()
    {
        try
        {
            if (_scope.RequestServices is { } services)
            {
                ScopedTaskGroup owner = services.GetRequiredService<ScopedTaskGroup>();
                TaskGroup group = owner.GetOrOpen();
                _early = group.IsCompleted ? null : owner;
                return group;
            }
        }
        catch (ObjectDisposedException)
        {
            // As below.
        }

        return GetEnded(); // the request has ended, and with it its scope
    }

    // A group that has completed: it refuses work, and says what to do instead.
    private TaskGroup GetEnded()
    {
        if (_failed is not TaskGroup { IsCompleted: true } ended)
        {
            _failed = ended = _factory.OpenEnded(_failed as Endpoint);
        }

        return ended;
    }
}
