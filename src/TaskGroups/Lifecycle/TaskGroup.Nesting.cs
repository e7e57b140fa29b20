namespace TaskGroups;

// Groups in groups: a nested group holds the one around it, and follows it.
public sealed partial class TaskGroup
{
    // Deep trees are mistakes (a recursion that nests a group per level), and everything that walks a tree stays bounded.
    private const int MaxDepth = 128;

    /// <summary>Opens a group nested in <paramref name="outer"/>, runs its body, joins it.</summary>
    internal static Task RunNested(
        ITaskGroup outer,
        Func<ITaskGroup, Task> body,
        TaskGroupOptions? options,
        string? name,
        CancellationToken callerToken = default)
    {
        TaskGroup parent = From(outer);
        return RunNew<Task, VoidResult, GroupCompletion>(
            body, parent, GroupSettings.Read(options, parent.Settings), options?.Name ?? name, callerToken);
    }

    /// <inheritdoc cref="RunNested(ITaskGroup, Func{ITaskGroup, Task}, TaskGroupOptions?, string?, CancellationToken)"/>
    internal static Task<TResult> RunNested<TResult>(
        ITaskGroup outer,
        Func<ITaskGroup, Task<TResult>> body,
        TaskGroupOptions? options,
        string? name,
        CancellationToken callerToken = default)
    {
        TaskGroup parent = From(outer);
        return RunNew<Task<TResult>, ValueResult<TResult>, GroupCompletion<TResult>>(
            body, parent, GroupSettings.Read(options, parent.Settings), options?.Name ?? name, callerToken);
    }

    /// <summary>Takes a hold for a group nested in this one.</summary>
    /// <returns><see langword="false"/> if this group is ending and <paramref name="evenIfEnding"/> is not given.</returns>
    /// <exception cref="InvalidOperationException">This group has completed, or lies too deep.</exception>
    private bool EnterNested(string? name, bool evenIfEnding)
    {
        int depth = 0;
        for (TaskGroup? outer = Parent; outer is not null; outer = outer.Parent)
        {
            depth++;
        }

        if (depth >= MaxDepth)
        {
            throw new InvalidOperationException(
                $"The task group '{DisplayName.ForGroup(name)}' would be nested more than {MaxDepth} levels deep, in '{Name}'. "
                + "A recursion that opens a group per level wants one group around it and children inside.");
        }

        switch (_state.TryEnter(asChild: false, evenIfEnding))
        {
            case GroupState.Entry.Completed:
                throw HasCompleted(DisplayName.ForGroup(name));
            case GroupState.Entry.Ending:
                _state.CutShort();
                return false;
            default:
                return true;
        }
    }

    /// <summary>
    /// Invokes the body. Where children inherit nothing of whoever starts them, neither do nested bodies, nor what those start.
    /// </summary>
    private Task InvokeBody<TWork>(TWork body, TaskGroup? parent)
        where TWork : struct, IWork =>
        parent is null || parent.HostContext.FlowsContext ? Invoke(body, CancellationToken.None) : InvokeApart(body);

    // A method of its own: its closure costs bytes, which other groups must not pay.
    private Task InvokeApart<TWork>(TWork body)
        where TWork : struct, IWork
    {
        Task task = Task.CompletedTask;
        ExecutionContext.Run(EmptyContext.Value, _ => task = Invoke(body, CancellationToken.None), null);
        return task;
    }

    // Whoever cancels or stops the parent looks at its roster after marking it; whoever joins the roster looks at the marks afterwards.
    // So one of the two sees the other.
    private void FollowParent(TaskGroup parent)
    {
        if (parent.IsStopped)
        {
            StopTree();
        }

        if (parent.IsEnding)
        {
            EndWithParent(parent);
        }
    }
}
