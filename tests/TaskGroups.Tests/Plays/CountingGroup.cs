using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>A group whose delegates are counted on their way in.</summary>
internal sealed class CountingGroup(ITaskGroup group, Children children) : ITaskGroup, ITaskGroupWrapper
{
    public TaskGroup Group => TaskGroup.From(group);

    public string Name => group.Name;

    public CancellationToken CancellationToken => group.CancellationToken;

    public CancellationToken StoppingToken => group.StoppingToken;

    public CancellationReason CancellationReason => group.CancellationReason;

    public Task Run(Func<CancellationToken, Task> work, string? name = null) => group.Run(children.Count(work), name);

    public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null) =>
        group.Run(children.Count(work), name);

    public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null) =>
        group.Run(children.Count(work), state, name);

    public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null) =>
        group.Run(children.Count(work), state, name);

    public bool TryRun(Func<CancellationToken, Task> work, string? name = null) => group.TryRun(children.Count(work), name);

    public void Stop() => group.Stop();

    public void Cancel() => group.Cancel();

    public TaskGroupSnapshot GetSnapshot() => group.GetSnapshot();
}
