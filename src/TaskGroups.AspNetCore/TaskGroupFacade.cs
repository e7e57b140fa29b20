namespace TaskGroups.AspNetCore;

/// <summary>
/// An <see cref="ITaskGroup"/> that stands before the group that is current: one object that can be injected before there is a group.
/// </summary>
internal abstract class TaskGroupFacade : ITaskGroup, ITaskGroupWrapper
{
    /// <summary>The current group, opened if there is none.</summary>
    public abstract TaskGroup Group { get; }

    public string Name => Group.Name;

    public CancellationToken CancellationToken => Group.CancellationToken;

    public CancellationToken StoppingToken => Group.StoppingToken;

    public CancellationReason CancellationReason => Group.CancellationReason;

    public TimeSpan? RemainingTime => Group.RemainingTime;

    public Task Run(Func<CancellationToken, Task> work, string? name = null) => Group.Run(work, name);

    public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null) => Group.Run(work, name);

    public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null) =>
        Group.Run(work, state, name);

    public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null) =>
        Group.Run(work, state, name);

    public bool TryRun(Func<CancellationToken, Task> work, string? name = null) => Group.TryRun(work, name);

    public void Stop() => Group.Stop();

    public void Cancel() => Group.Cancel();

    public TaskGroupSnapshot GetSnapshot() => Group.GetSnapshot();
}
