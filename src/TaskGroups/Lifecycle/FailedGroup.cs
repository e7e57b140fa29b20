using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>
/// A nested group that has failed, as its task leads to it: a host that meets the task as an unobserved one learns whose it is (R48).
/// </summary>
/// <param name="Name">The group's name.</param>
/// <param name="Services">The <see cref="HostContext.Services"/> of the group: they tell the applications of a process apart.</param>
internal sealed record FailedGroup(string Name, object? Services)
{
    // Neither the table nor the entry keeps the task alive, nor the group (R21). A table, since a state in each task would cost groups that
    // end well.
    private static readonly ConditionalWeakTable<Task, FailedGroup> OfTasks = [];

    /// <summary>Takes note of the task of a group that has failed.</summary>
    public static void Add(Task task, FailedGroup group) => OfTasks.Add(task, group);

    /// <summary>Finds the group of a task; <see langword="null"/> if the task is not that of a nested group that has failed.</summary>
    public static FailedGroup? Of(object? task) =>
        task is Task ours && OfTasks.TryGetValue(ours, out FailedGroup? group) ? group : null;
}
