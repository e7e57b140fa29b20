using System.Runtime.CompilerServices;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Finds the request that a DI scope serves, so that an <see cref="ITaskGroup"/> resolved there is the request's.</summary>
/// <remarks>
/// Every request whose services are used passes here, whether it uses its group or not: dictionaries keep their entries' memory, so
/// that this costs no allocation per request (R32), and several of them keep threads apart.
/// </remarks>
internal sealed class RequestScopes : IScopeGroupSource
{
    private readonly Dictionary<IServiceProvider, RequestTaskGroup>[] _stripes = Enumerable
        .Range(0, 16)
        .Select(_ => new Dictionary<IServiceProvider, RequestTaskGroup>(ReferenceEqualityComparer.Instance))
        .ToArray();

    public TaskGroup? Find(IServiceProvider scope)
    {
        RequestTaskGroup? request;
        var stripe = StripeOf(scope);
        lock (stripe)
        {
            stripe.TryGetValue(scope, out request);
        }

        return request?.Open();
    }

    internal void Add(IServiceProvider scope, RequestTaskGroup request)
    {
        var stripe = StripeOf(scope);
        lock (stripe)
        {
            stripe[scope] = request;
        }
    }

    internal void Remove(IServiceProvider scope)
    {
        var stripe = StripeOf(scope);
        lock (stripe)
        {
            stripe.Remove(scope);
        }
    }

    private Dictionary<IServiceProvider, RequestTaskGroup> StripeOf(IServiceProvider scope) =>
        _stripes[RuntimeHelpers.GetHashCode(scope) & (_stripes.Length - 1)];
}
