namespace TaskGroups;

/// <summary>Calls the delegates of users: bodies and children are invoked here, and nowhere else.</summary>
internal static class DelegateInvoker
{
    /// <summary>
    /// The execution context in which nothing flows. .NET has no name for it: it is what a thread has that was started without one.
    /// </summary>
    public static ExecutionContext EmptyContext { get; } = FindEmptyContext();

    /// <summary>Calls a delegate. In any case a task is returned, and the caller's context is as it was before (R16).</summary>
    public static Task Invoke<TWork>(ITaskGroup group, TWork work, CancellationToken token)
        where TWork : struct, IWork
    {
        ExecutionContext? before = ExecutionContext.Capture();
        Task? task = Try(work, token);
        RestoreContext(before); // a delegate that is not async may have changed an AsyncLocal
        return task ?? TWork.FromException(ErrorMessages.ReturnedNull(group));
    }

    /// <summary>Calls the body of a group. The caller's context is as what follows the group has left it.</summary>
    public static Task InvokeBody<TWork>(IObservedGroup group, TWork work)
        where TWork : struct, IWork
    {
        group.Settings.Instrumentation?.BodyStarting(group);
        return Invoke(group, work, CancellationToken.None);
    }

    /// <summary>Calls the body of a group in the empty context.</summary>
    /// <remarks>A method of its own: its closure costs bytes, which other groups must not pay.</remarks>
    public static Task InvokeBodyIsolated<TWork>(IObservedGroup group, TWork work)
        where TWork : struct, IWork
    {
        Task task = Task.CompletedTask;
        ExecutionContext.Run(
            EmptyContext,
            _ =>
            {
                group.Settings.Observers?.BodyIsolated(group);
                task = InvokeBody(group, work);
            },
            null);
        return task;
    }

    /// <summary>Undoes what user code has changed in the execution context of this thread.</summary>
    public static void RestoreContext(ExecutionContext? before)
    {
        if (before is not null && ExecutionContext.Capture() != before)
        {
            ExecutionContext.Restore(before);
        }
    }

    private static Task? Try<TWork>(TWork work, CancellationToken token)
        where TWork : struct, IWork
    {
        try
        {
            return work.Invoke(token);
        }
        catch (Exception exception)
        {
            return TWork.FromException(exception); // a failed child, classified like any other
        }
    }

    private static ExecutionContext FindEmptyContext()
    {
        ExecutionContext? empty = null;
        var thread = new Thread(() => empty = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return empty!;
    }
}
