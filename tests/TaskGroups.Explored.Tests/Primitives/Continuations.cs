using System.Reflection;
using TaskGroups.Testing;

namespace TaskGroups;

/// <summary>
/// Runs what waits for a task as production does: the first of all on the stack that ends the task, the others on the pool. Here, the pool
/// is an actor
/// for each.
/// </summary>
internal static class Continuations
{
    private const BindingFlags Any = BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance;

    private static readonly FieldInfo Registered = typeof(Task).GetField("m_continuationObject", Any)!;

    // The next step of an async method, and that of Task.WhenAll.
    private static readonly MethodInfo MoveNext = MethodOf("System.Runtime.CompilerServices.IAsyncStateMachineBox", "MoveNext");
    private static readonly MethodInfo Invoke = MethodOf("System.Threading.Tasks.ITaskCompletionAction", "Invoke");

    /// <summary>Ends a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="isApart">Whether all that wait go on apart, as with RunContinuationsAsynchronously.</param>
    /// <param name="end">Ends it.</param>
    public static void End(Task task, bool isApart, Action end)
    {
        object? waiting = Explorer.IsActor && !task.IsCompleted ? Registered.GetValue(task) : null;
        List<object?> all = waiting as List<object?> ?? [waiting];
        if (waiting is null || (all.Count == 1 && !isApart))
        {
            end();
            return;
        }

        Registered.SetValue(task, isApart ? null : all[0]);
        foreach (object? other in all.Skip(isApart ? 0 : 1))
        {
            Explorer.SpawnFromActor("continuation", () => Run(other!, task));
        }

        end();
        Explorer.Point(nameof(End));
    }

    private static void Run(object continuation, Task ended)
    {
        if (continuation is Action action)
        {
            action();
        }
        else if (MoveNext.DeclaringType!.IsInstanceOfType(continuation))
        {
            MoveNext.Invoke(continuation, null);
        }
        else
        {
            Invoke.Invoke(continuation, [ended]);
        }
    }

    private static MethodInfo MethodOf(string type, string name) =>
        typeof(Task).Assembly.GetType(type, throwOnError: true)!.GetMethod(name, Any)!;
}
