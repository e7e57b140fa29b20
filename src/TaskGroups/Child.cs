using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>Watches the task of a child that was invoked on the spot and did not end there.</summary>
/// <remarks>
/// The child's own task is handed out, never a wrapper: a wrapper would add an exception to each canceled child, and its join
/// could overtake the task (R1). This continuation is the task's first, so the group knows of the end before the user does.
/// </remarks>
internal sealed class Child
{
    private readonly TaskGroup _group;
    private readonly Task _task;
    private readonly Member? _member;

    private Child(TaskGroup group, Task task, Member? member)
    {
        _group = group;
        _task = task;
        _member = member;
    }

    public static void Watch(TaskGroup group, Task task, Member? member)
    {
        ConfiguredTaskAwaitable.ConfiguredTaskAwaiter awaiter = task.ConfigureAwait(false).GetAwaiter();
        awaiter.UnsafeOnCompleted(new Child(group, task, member).Ended);
    }

    private void Ended() => _group.ChildEnded(_task, _member);
}
