using System.Globalization;

namespace TaskGroups;

/// <summary>The exceptions with which a group refuses work or ends. Each says what happened and what to type.</summary>
internal static class ErrorMessages
{
    public static InvalidOperationException HasCompleted(TaskGroup group, string what) => new(
        $"The task group '{group.Name}' has completed, so '{what}' was not started: a group takes work only until it has been joined. "
        + (group.HostContext.CompletedHint ?? "Start it before the body returns, or in a group of its own: TaskGroup.RunAsync."));

    public static TaskGroupFullException IsFull(TaskGroup group, string child) => new(
        $"The task group '{group.Name}' is full, so '{child}' was not started: {group.Limiter!.Size} children run "
        + $"({nameof(TaskGroupOptions.MaxConcurrency)}) and {group.Limiter.MaxWaiting} wait ({nameof(TaskGroupOptions.MaxWaiting)}).");

    public static TaskGroupFullException IsOverSharedLimit(TaskGroup group, string child) => new(
        $"The task group '{group.Name}' did not start '{child}': {group.Settings.ChildLimit!.Size} children run or wait in all "
        + $"groups together ({group.Settings.ChildLimit.Setting}).");

    public static InvalidOperationException ReturnedNull(TaskGroup group) => new(
        $"A delegate of the task group '{group.Name}' returned null instead of a task. "
        + "Return Task.CompletedTask if there is nothing to wait for.");

    public static InvalidOperationException SourceReturnedNull(TaskGroup group) => new(
        $"The source of '{group.Name}' returned null instead of an enumerator. Return one without items if there is nothing to do.");

    public static InvalidOperationException IsNestedTooDeep(TaskGroup parent, string name, int maxDepth) => new(
        $"The task group '{name}' would be nested more than {maxDepth} levels deep, in '{parent.Name}'. "
        + "A recursion that opens a group per level wants one group around it and children inside.");

    public static ArgumentException IsForeign(ITaskGroup group, string parameter) => new(
        $"Groups can be nested only in a group from TaskGroup.RunAsync or from dependency injection, not in a {group.GetType()}. "
        + "In tests, use a real one: TaskGroup.RunAsync(group => ...).",
        parameter);

    /// <summary>The cancellation of work that a group refused because it is ending.</summary>
    public static OperationCanceledException Canceled(TaskGroup group) => CanceledWith(group, group.CancellationToken);

    /// <inheritdoc cref="Canceled(TaskGroup)"/>
    public static OperationCanceledException CanceledWith(TaskGroup group, CancellationToken token)
    {
        (string who, Exception? failure) = SayWhoCanceled(group);
        return new OperationCanceledException($"The task group '{group.Name}' was canceled: {who}.", failure, token);
    }

    // The reason of a group that its parent canceled is the parent's.
    private static (string Who, Exception? Failure) SayWhoCanceled(TaskGroup group)
    {
        TaskGroup origin = group;
        while (origin.Contingent is { IsCanceledByParent: true } && origin.Parent is { } parent)
        {
            origin = parent;
        }

        string where = origin == group ? "" : $" of the group around it, '{origin.Name}'";
        return origin.CancellationReason switch
        {
            CancellationReason.ChildFailed => (
                origin.Contingent?.CanceledByChild is { } child
                    ? $"the child '{child}'{where} failed"
                    : $"a child or the body{where} failed",
                origin.Contingent?.Failures is [var first, ..] ? first : null),
            CancellationReason.CallerCanceled => ($"the token of the caller{where} fired", null),
            CancellationReason.TimedOut => ($"the {origin.WordOfLimit}{where} ran out", null),
            CancellationReason.HostStopping => ("the application is shutting down", null),
            CancellationReason.Requested => ($"Cancel{where} was called", null),
            _ => ($"Stop{where} was called, and the body ended without a result", null),
        };
    }

    /// <summary>The exception of a group whose timeout fired, which names the work that still runs in it and below it.</summary>
    public static TimeoutException TimedOut(TaskGroup group)
    {
        const int MaxNames = 10;
        if (group.Settings.Timeout == TimeSpan.Zero)
        {
            return new TimeoutException($"The task group '{group.Name}' has a timeout of zero: its body was not invoked.");
        }

        List<TaskGroupSnapshotEntry> entries = [.. SnapshotBuilder.RunningEntries(SnapshotBuilder.Take(group))];
        List<string> running = [.. entries
            .Where(entry => entry.State != SnapshotState.Waiting)
            .Select(entry => string.Create(CultureInfo.InvariantCulture, $"'{entry.Name}' ({entry.Elapsed.TotalSeconds:0.###} s)"))];
        string who = running.Count switch
        {
            0 => "No child was running, only the body.",
            <= MaxNames => $"Still running: {string.Join(", ", running)}.",
            _ => $"Still running: {string.Join(", ", running.Take(MaxNames))} and {running.Count - MaxNames} more.",
        };
        int waiting = entries.Count(entry => entry.State == SnapshotState.Waiting);
        string queue = waiting == 0 ? "" : $" Waiting for a slot: {waiting}.";
        return new TimeoutException($"The task group '{group.Name}' was canceled by {SayLimit(group)}. {who}{queue}");
    }

    private static string SayLimit(TaskGroup group) => group.HasCallersDeadline
        ? string.Create(
            CultureInfo.InvariantCulture, $"its caller's deadline, which left it {group.Contingent!.TimeLimit!.Value.TotalSeconds:0.###} s")
        : string.Create(CultureInfo.InvariantCulture, $"its timeout of {group.Settings.Timeout!.Value.TotalSeconds:0.###} s");
}
