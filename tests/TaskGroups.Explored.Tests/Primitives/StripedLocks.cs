using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>
/// Stands in for the core's shared locks: what happened under one would tell of other schedules. Here each registry has its own.
/// </summary>
internal static class StripedLocks
{
    private static readonly ConditionalWeakTable<object, Lock> Own = [];

    public static Lock Of(object owner) => Own.GetOrCreateValue(owner);
}
