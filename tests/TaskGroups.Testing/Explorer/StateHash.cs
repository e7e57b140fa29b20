namespace TaskGroups.Testing;

/// <summary>
/// Folds values into 64 bits. Among a million states the chance that two differ and look alike is about one in forty million.
/// </summary>
public static class StateHash
{
    public static ulong Fold(ulong hash, ulong value)
    {
        ulong mixed = (hash ^ value) + 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (mixed ^ (mixed >> 31)) + (hash << 1);
    }

    public static ulong Fold(ulong hash, bool value) => Fold(hash, value ? 1UL : 2UL);
}
