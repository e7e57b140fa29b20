using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups;

internal abstract class PooledObject
{
    public PooledObject? Link { get; set; }
}

/// <summary>
/// Stands in for the core's pools, which would carry state from one schedule into the next. Here each schedule has one for all actors: an
/// object that is returned too early is given to the next actor that asks.
/// </summary>
internal sealed class ObjectPool(ObjectPool.Depot depot)
{
    private static readonly ConditionalWeakTable<object, Dictionary<Depot, Stack<PooledObject>>> OfSchedules = [];

    private Stack<PooledObject>? Unused
    {
        get
        {
            if (Explorer.Schedule is not { } schedule)
            {
                return null;
            }

            Dictionary<Depot, Stack<PooledObject>> all = OfSchedules.GetOrCreateValue(schedule);
            if (!all.TryGetValue(depot, out Stack<PooledObject>? mine))
            {
                all.Add(depot, mine = new Stack<PooledObject>());
            }

            return mine;
        }
    }

    public PooledObject? TryRent() => Unused is { Count: > 0 } unused ? unused.Pop() : null;

    public void Return(PooledObject unused) => Unused?.Push(unused);

    internal sealed class Depot;
}
