using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
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
internal sealed class RequestTaskGroup : ITaskGroup, ITaskGroupWrapper, ITaskGroupFeature, IScopeOwner
{
    private static readonly object Ended = new();

    private readonly RequestGroupFactory _factory;
    private readonly RequestScope _scope;
    private readonly CancellationToken _aborted; // the server's: nothing has replaced it yet when the request is attached (R42)
    private IFeatureCollection? _features;       // null outside the middleware: afterwards the server uses them for the next request
    private object? _current;
    private object? _last;                       // the group that was joined last; else, after the request, its endpoint
    private ScopedTaskGroup? _early;                  // what owns the group that was used before the middleware was reached

    private RequestTaskGroup(RequestGroupFactory factory, HttpContext context)
    {
        IFeatureCollection features = context.Features;
        _factory = factory;
        _scope = new RequestScope(this, context, features.Get<IServiceProvidersFeature>());
        _aborted = features.Get<IHttpRequestLifetimeFeature>()?.RequestAborted ?? default;
    }

    /// <summary>The current group, opened if there is none.</summary>
    public TaskGroup Group => Volatile.Read(ref _current) is TaskGroup { IsCompleted: false } current ? current : GetOrOpen();

    ITaskGroup ITaskGroupFeature.Group => this;

    IServiceProvider? IScopeOwner.Scope => _scope.RequestServices;

    public string Name => Group.Name;

    public CancellationToken CancellationToken => Group.CancellationToken;

    public CancellationToken StoppingToken => Group.StoppingToken;

    public CancellationReason CancellationReason => Group.CancellationReason;

    /// <summary>The group that was joined last; <see langword="null"/> if there was none.</summary>
    public TaskGroup? Last => _last as TaskGroup;

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

    public Task Run(Func<CancellationToken, Task> work, string? name = null) => Group.Run(work, name);

    public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null) => Group.Run(work, name);

    public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null) =>
        Group.Run(work, state, name);

    public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null) =>
        Group.Run(work, state, name);

    public bool TryRun(Func<CancellationToken, Task> work, string? name = null) => Group.TryRun(work, name);

    public void Stop() => Group.Stop();

    public void Cancel() => Group.Cancel();

    public TaskGroupSnapshot GetSnapshot() => Group.GetSnapshot();

    /// <summary>Begins a pass through the middleware.</summary>
    /// <returns><see langword="false"/> if the request is inside already: two branches of the pipeline have met.</returns>
    public bool TryBegin(IFeatureCollection features)
    {
        if (_features is not null)
        {
            return false;
        }

        _last = null;
        _features = features;
        Volatile.Write(ref _current, null);
        return true;
    }

    /// <summary>Ends the pass if nothing is to be joined.</summary>
    public bool TryEnd()
    {
        object? current = Volatile.Read(ref _current);
        if (_early is not null
            || current is TaskGroup { IsCompleted: false }
            || !ReferenceEquals(Interlocked.CompareExchange(ref _current, Ended, current), current))
        {
            return false;
        }

        _last ??= _features?.Get<IEndpointFeature>()?.Endpoint;
        _features = null;
        _scope.Forget();
        return true;
    }

    /// <summary>Takes note that the request goes on outside the middleware.</summary>
    public void OnServicesUsed() => Interlocked.CompareExchange(ref _current, null, Ended);

    /// <summary>Joins the current group, unless there is none or it has been joined.</summary>
    /// <param name="failure">What the handler threw; <see langword="null"/> if it succeeded.</param>
    /// <returns>What must leave the caller: the outcome of the join (R10, R18), else <paramref name="failure"/>.</returns>
    public ValueTask<Exception?> JoinAsync(Exception? failure)
    {
        if (Volatile.Read(ref _current) is not TaskGroup { IsCompleted: false } group)
        {
            return new ValueTask<Exception?>(failure);
        }

        _last = group;
        return failure is null && group.TryCloseAlone() ? default : JoinAsync(group, failure);
    }

    /// <summary>Ends the pass: joins what the request still has open, also what is opened meanwhile, until nothing is left.</summary>
    /// <returns>What must leave the middleware: the first outcome of a join, else <paramref name="failure"/>.</returns>
    public async ValueTask<Exception?> EndAsync(Exception? failure)
    {
        // Middleware inside, such as request timeouts, may have replaced RequestAborted when the group was opened, and has disposed its
        // source by now: a client that leaves during the join cancels the group through the server's token.
        TaskGroup? early = Interlocked.Exchange(ref _early, null)?.Take();
        using CancellationTokenRegistration current = _aborted.UnsafeRegister(
            static request => (((RequestTaskGroup)request!)._current as TaskGroup)?.Cancel(CancellationReason.CallerCanceled), this);
        using CancellationTokenRegistration before = early is null ? default : _aborted.UnsafeRegister(
            static group => ((TaskGroup)group!).Cancel(CancellationReason.CallerCanceled), early);
        do
        {
            failure = await JoinAsync(failure).ConfigureAwait(false);
            failure = await JoinEarlyAsync(early, failure).ConfigureAwait(false);
            early = null;
        }
        while (!TryEnd());

        return failure;
    }

    private static async ValueTask<Exception?> JoinEarlyAsync(TaskGroup? early, Exception? failure)
    {
        Exception? outcome = early is null ? null : await FailureOfAsync(early.CloseAsync()).ConfigureAwait(false);
        if (failure is not null && outcome is not null and not OperationCanceledException)
        {
            // The request has one failure already (R14).
            early!.Settings.Observers?.FailureReported(early, outcome, FailureKind.Body);
        }

        return failure ?? outcome;
    }

    /// <summary>Looks, before the handler begins, whether it has no time, or its client has gone (R17).</summary>
    /// <returns>What stands for the end of the handler, which is not to be invoked; <see langword="null"/> if it is.</returns>
    public OperationCanceledException? EndBeforeHandler()
    {
        TaskGroup? group = Volatile.Read(ref _current) as TaskGroup;
        if (_aborted.IsCancellationRequested || (_features is { } features && _factory.HasNoTime(features)))
        {
            group = Group; // opened already canceled: its join says why
        }

        return group is { IsEnding: true, IsCompleted: false } ? new OperationCanceledException(group.CancellationToken) : null;
    }

    // Its state is used again: most requests that use their group pass here, and each is awaited once.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Exception?> JoinAsync(TaskGroup group, Exception? failure) =>
        await FailureOfAsync(group.CloseAsync(failure)).ConfigureAwait(false) ?? failure;

    /// <summary>Waits for a join.</summary>
    /// <returns>Its outcome, not thrown: each caller has its own way to pass it on.</returns>
    private static async ValueTask<Exception?> FailureOfAsync(Task join)
    {
        try
        {
            await join.ConfigureAwait(false);
            return null;
        }
        catch (Exception outcome)
        {
            return outcome;
        }
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

            TaskGroup group = _factory.Open(features);
            group.Owner = this;
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
        if (_last is not TaskGroup { IsCompleted: true } ended)
        {
            _last = ended = _factory.OpenEnded(_last as Endpoint);
        }

        return ended;
    }
}
