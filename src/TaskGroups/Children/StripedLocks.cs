using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>Locks that many registries share: a lock for each would be a third of the size of a request's group.</summary>
/// <remarks>They are held for a few instructions, and never two at a time.</remarks>
internal static class StripedLocks
{
    private static readonly Lock[] Stripes = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];

    public static Lock Of(object owner) => Stripes[RuntimeHelpers.GetHashCode(owner) % Stripes.Length];
}
