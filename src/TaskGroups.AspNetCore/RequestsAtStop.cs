using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace TaskGroups.AspNetCore;

/// <summary>
/// The requests that are under way while the application stops, with a group or without one: those that the stop meets, and those that
/// come after it. Before the stop a request has a registration here, and nothing else.
/// </summary>
/// <remarks>
/// The streams of the live page are left out: they hold nothing, and end by themselves. Thread-safe: a request that leaves while it is told
/// that its grace is over waits until that has been said.
/// </remarks>
internal sealed class RequestsAtStop : IDisposable
{
    private readonly CancellationTokenSource _begun = new();
    private readonly CancellationTokenSource _graceOver = new();
    private readonly ConcurrentDictionary<RequestTaskGroup, Held> _held = [];

    /// <summary>Fires when requests may run no longer.</summary>
    public CancellationToken GraceOver => _graceOver.Token;

    /// <summary>The names of the requests under way, and when they came, as timestamps of the application's clock.</summary>
    public IEnumerable<(string Name, long StartedAt)> UnderWay =>
        _held.Select(each => (each.Key.CurrentName ?? each.Value.Name, each.Key.StartedAt));

    /// <summary>Takes note of the requests under way. Before <see cref="EndGrace"/>; more than once does no harm.</summary>
    public void Begin() => _begun.Cancel();

    /// <summary>Tells the requests that are still there that they may run no longer.</summary>
    public void EndGrace() => _graceOver.Cancel();

    /// <summary>Registers a request that begins its pass through the middleware.</summary>
    /// <returns>To be disposed at the end of the pass, before <see cref="Leave"/>.</returns>
    public CancellationTokenRegistration Enter(RequestTaskGroup request) =>
        _begun.Token.UnsafeRegister(static request => ((RequestTaskGroup)request!).OnStopping(), request);

    /// <summary>Takes note of a request that is under way.</summary>
    public void Hold(RequestTaskGroup request, IFeatureCollection features)
    {
        Endpoint? endpoint = features.Get<IEndpointFeature>()?.Endpoint;
        if (endpoint?.Metadata.GetMetadata<GuardedEndpointMetadata>() == GuardedEndpointMetadata.LivePage)
        {
            return;
        }

        var held = new Held(request, EndpointName.OfGroup(endpoint, features.GetRequiredFeature<IHttpRequestFeature>()));
        _held[request] = held;
        if (!_graceOver.IsCancellationRequested) // else it is refused
        {
            held.Registration = _graceOver.Token.UnsafeRegister(static held => ((Held)held!).Tell(), held);
        }
    }

    /// <summary>Forgets a request that has ended its pass.</summary>
    public void Leave(RequestTaskGroup request)
    {
        if (_begun.IsCancellationRequested && _held.TryRemove(request, out Held? held))
        {
            held.Registration.Dispose(); // waits for a callback that runs: it must not abort the next request
        }
    }

    public void Dispose()
    {
        _begun.Dispose();
        _graceOver.Dispose();
    }

    private sealed class Held(RequestTaskGroup request, string name)
    {
        public string Name => name;

        public CancellationTokenRegistration Registration { get; set; }

        public void Tell() => request.OnGraceOver(name);
    }
}
