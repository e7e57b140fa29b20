namespace TaskGroups.Aot;

/// <summary>
/// Every public member of the core, used once: published ahead of time and trimmed, it must print what it prints otherwise. A guard test
/// finds the members that are missing here.
/// </summary>
public static class CoreMembers
{
    /// <summary>Uses them, and prints what comes of it.</summary>
    public static async Task UseAsync()
    {
        await Groups.UseAsync();
        await Limits.UseAsync();
        await Combinators.UseAsync();
        await Streams.UseAsync();
        await Snapshots.UseAsync();
    }
}
