namespace TaskGroups;

/// <summary>The exceptions with which a group refuses work. Each says what happened and what to type.</summary>
internal static class ErrorMessages
{
    public static InvalidOperationException HasCompleted(IObservedGroup group, string what) => new(
        $"The task group '{group.Name}' has completed, so '{what}' was not started: a group takes work only until it has been joined. "
        + (group.Settings.HostContext.CompletedHint ?? "Start it before the body returns, or in a group of its own: TaskGroup.RunAsync."));

    public static TaskGroupFullException IsFull(ITaskGroup group, string child, ConcurrencyLimiter limiter) => new(
        $"The task group '{group.Name}' is full, so '{child}' was not started: {limiter.Size} children run "
        + $"({nameof(TaskGroupOptions.MaxConcurrency)}) and {limiter.MaxWaiting} wait ({nameof(TaskGroupOptions.MaxWaiting)}).");

    public static TaskGroupFullException IsOverSharedLimit(ITaskGroup group, string child, SharedChildLimit limit) => new(
        $"The task group '{group.Name}' did not start '{child}': {limit.Size} children run or wait in all "
        + $"groups together ({limit.Setting}).");

    public static InvalidOperationException ReturnedNull(ITaskGroup group) => new(
        $"A delegate of the task group '{group.Name}' returned null instead of a task. "
        + "Return Task.CompletedTask if there is nothing to wait for.");

    public static InvalidOperationException SourceReturnedNull(ITaskGroup group) => new(
        $"The source of '{group.Name}' returned null instead of an enumerator. Return one without items if there is nothing to do.");

    public static InvalidOperationException IsNestedTooDeep(ITaskGroup parent, string name, int maxDepth) => new(
        $"The task group '{name}' would be nested more than {maxDepth} levels deep, in '{parent.Name}'. "
        + "A recursion that opens a group per level wants one group around it and children inside.");

    public static ArgumentException IsForeign(ITaskGroup group, string parameter) => new(
        $"Groups can be nested only in a group from TaskGroup.RunAsync or from dependency injection, not in a {group.GetType()}. "
        + "In tests, use a real one: TaskGroup.RunAsync(group => ...).",
        parameter);

    /// <summary>The cancellation of a group whose caller's token had fired before the group could open.</summary>
    public static OperationCanceledException CanceledBeforeOpening(string? name, CancellationToken callerToken) => new(
        $"The task group '{DisplayName.ForGroup(name)}' was canceled: the token of the caller had fired before the group opened.",
        callerToken);

    /// <summary>The cancellation of a start for which its starter waits no more.</summary>
    public static OperationCanceledException StartGivenUp(ITaskGroup group, CancellationToken token) => new(
        $"The start of a child of the task group '{group.Name}' was canceled: the token that {nameof(TaskGroupExtensions.StartAsync)} was "
        + "given fired.",
        token);

    /// <summary>The cancellation of work that is not whole, in a group that was stopped and not canceled.</summary>
    /// <param name="group">The group.</param>
    /// <param name="stopped">The group that was stopped: the same, or one around it.</param>
    /// <param name="what">What ended early.</param>
    public static OperationCanceledException Stopped(ITaskGroup group, ITaskGroup stopped, string what)
    {
        string where = stopped == group ? "" : $" of the group around it, '{stopped.Name}',";
        return new OperationCanceledException(
            $"The task group '{group.Name}' was canceled: Stop{where} was called, and {what}.", stopped.StoppingToken);
    }
}
