namespace TaskGroups.Hosting;

/// <summary>What the scope of a child knows of the child. Its group is opened when it is first asked for, nested in the child's.</summary>
/// <param name="parent">The group of the child.</param>
/// <param name="name">The name of the child, which the scope's group has as well.</param>
internal sealed class ChildScope(TaskGroup parent, string? name)
{
    private TaskGroup? _group; // null until asked for

    public TaskGroup Parent => parent;

    public string Name => DisplayName.ForChild(name);

    /// <summary>The scope's group; <see langword="null"/> if nothing has asked for it.</summary>
    public TaskGroup? Group => Volatile.Read(ref _group);

    /// <summary>Opens the scope's group. The container asks once for a scope.</summary>
    public TaskGroup Open(IServiceProvider scope, ApplicationGroups application)
    {
        TaskGroup group = TaskGroup.Open(new TaskGroupOptions { Name = Name }, parent, hostContext: application.ScopeContext);
        group.Owner = scope;
        Volatile.Write(ref _group, group);
        return group;
    }

    /// <summary>Ends the body of the scope's group, if there is one, and joins the group.</summary>
    /// <param name="failure">What the work ended with; <see langword="null"/> if normally.</param>
    /// <returns>The outcome of the group, or <paramref name="failure"/>.</returns>
    public ValueTask<Exception?> JoinAsync(Exception? failure) =>
        Group is { } group ? JoinAsync(group, failure) : new ValueTask<Exception?>(failure);

    private static async ValueTask<Exception?> JoinAsync(TaskGroup group, Exception? failure)
    {
        try
        {
            await group.CloseAsync(failure).ConfigureAwait(false);
            return null;
        }
        catch (Exception outcome)
        {
            // Returned, not thrown: the scope is disposed before.
            return outcome;
        }
    }
}
