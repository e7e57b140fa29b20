using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>
/// Stands in for the core's shared locks: what happened under one would tell of other schedules. Here each roster has its own.
/// </summary>
internal static class Locks
{
    private static readonly ConditionalWeakTable<ChildRegistry, Lock> Own = [];

    public static Lock Of(ChildRegistry registry) => Own.GetOrCreateValue(registry);
}
