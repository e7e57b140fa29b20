using TaskGroups.Testing;

namespace TaskGroups;

/// <summary>
/// The core's queue to the pool: each item is an actor of its own, so that items start in any order, as they may on a pool of many threads.
/// </summary>
internal static class ThreadPool
{
    public static bool UnsafeQueueUserWorkItem(IThreadPoolWorkItem item, bool preferLocal)
    {
        _ = preferLocal;
        Explorer.SpawnFromActor("pool", item.Execute);
        Explorer.Point(nameof(UnsafeQueueUserWorkItem));
        return true;
    }
}
