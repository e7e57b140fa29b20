using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups;

/// <summary>
/// Stands in for the core's piles of unused objects, which would carry state from one schedule into the next. Here each schedule has one
/// for all actors:
/// what comes too early is given to whoever asks next.
/// </summary>
internal sealed class Pile(Depot depot)
{
    public const int Size = 32;

    private static readonly ConditionalWeakTable<object, Dictionary<Depot, Stack<Piled>>> OfSchedules = [];

    public Piled? Take() => Unused is { Count: > 0 } unused ? unused.Pop() : null;

    public void Put(Piled unused) => Unused?.Push(unused);

    private Stack<Piled>? Unused
    {
        get
        {
            if (Explorer.Schedule is not { } schedule)
            {
                return null;
            }

            Dictionary<Depot, Stack<Piled>> all = OfSchedules.GetOrCreateValue(schedule);
            if (!all.TryGetValue(depot, out Stack<Piled>? mine))
            {
                all.Add(depot, mine = new Stack<Piled>());
            }

            return mine;
        }
    }
}
