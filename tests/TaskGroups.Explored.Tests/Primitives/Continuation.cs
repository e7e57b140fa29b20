using TaskGroups.Testing;

namespace TaskGroups;

/// <summary>Stands in for the core's continuations: with a point behind it, for a task may end as soon as it has one.</summary>
internal static class Continuation
{
    public static void Register(Task task, Action onCompleted)
    {
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(onCompleted);
        Explorer.Point(nameof(Register));
    }
}
