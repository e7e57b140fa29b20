using System.Runtime.CompilerServices;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Finds the request that a DI scope serves, so that an <see cref="ITaskGroup"/> resolved there is the request's.</summary>
/// <remarks>
/// Every request whose services are used passes here, whether it uses its group or not: dictionaries keep their entries' memory, so
/// that this costs no allocation per request (R32), and several of them keep threads apart.
/// </remarks>
internal sealed class RequestScopes : IScopeGroupResolver
{
    private readonly Dictionary<object, RequestTaskGroup>[] _stripes = Enumerable
        .Range(0, 16)
        .Select(_ => new Dictionary<object, RequestTaskGroup>(ReferenceEqualityComparer.Instance))
        .ToArray();

    // Weak, since scopes of other kinds come and go without a word.
    private readonly ConditionalWeakTable<object, object?> _withOwnGroup = [];

    public TaskGroup? Find(object scope)
    {
        RequestTaskGroup? request;
        var stripe = StripeOf(scope);
        lock (stripe)
        {
            stripe.TryGetValue(scope, out request);
        }

        if (request is null)
        {
            _withOwnGroup.TryAdd(scope, null);
            return null;
        }

        return request.Open();
    }

    /// <summary>
    /// Whether a scope was asked for its group before it was known which request it serves, and has opened one of its own.
    /// </summary>
    internal bool HasOwnGroup(object scope) => _withOwnGroup.TryGetValue(scope, out _);

    internal void Add(object scope, RequestTaskGroup request)
    {
        var stripe = StripeOf(scope);
        lock (stripe)
        {
            stripe[scope] = request;
        }
    }

    /// <summary>
    /// Takes a link away, unless the scope has been linked to another request since: an error page may run in the scope of the first.
    /// </summary>
    internal void Remove(object scope, RequestTaskGroup request)
    {
        var stripe = StripeOf(scope);
        lock (stripe)
        {
            if (stripe.TryGetValue(scope, out RequestTaskGroup? linked) && ReferenceEquals(linked, request))
            {
                stripe.Remove(scope);
            }
        }
    }

    private Dictionary<object, RequestTaskGroup> StripeOf(object scope) =>
        _stripes[RuntimeHelpers.GetHashCode(scope) & (_stripes.Length - 1)];
}
