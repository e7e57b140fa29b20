using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>Locks that many rosters share: one for each would be a third of what a request's group weighs.</summary>
/// <remarks>They are held for a few instructions, and never two at a time.</remarks>
internal static class Locks
{
    private static readonly Lock[] Shared = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];

    public static Lock Of(ChildRegistry registry) => Shared[RuntimeHelpers.GetHashCode(registry) % Shared.Length];
}
