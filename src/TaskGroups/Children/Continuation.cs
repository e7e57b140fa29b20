using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>Registers the continuation with which a group learns that a task has ended.</summary>
/// <remarks>
/// The child's own task is handed out, never a wrapper: a wrapper would add an exception to each canceled child, and the group's join
/// could overtake the task (R1). The continuation is the task's first, so it runs before those of the user.
/// </remarks>
internal static class Continuation
{
    public static void Register(Task task, Action onCompleted)
    {
        if (SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default)
        {
            ConfiguredTaskAwaitable.ConfiguredTaskAwaiter awaiter = task.ConfigureAwait(false).GetAwaiter();
            awaiter.UnsafeOnCompleted(onCompleted);
            return;
        }

        // On a thread with a context of its own, an awaiter's continuation goes to the pool's queue, behind those of the user. This one
        // runs where the task ends.
        task.ContinueWith(
            static (_, onCompleted) => ((Action)onCompleted!)(),
            onCompleted,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
