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
}
