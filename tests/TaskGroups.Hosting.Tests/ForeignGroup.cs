namespace TaskGroups.Hosting.Tests;

/// <summary>An implementation of <see cref="IBackgroundTaskGroup"/> by other code.</summary>
internal sealed class ForeignGroup : IBackgroundTaskGroup
{
    public string Name => "foreign";

    public CancellationToken CancellationToken => default;

    public CancellationToken StoppingToken => default;

    public CancellationReason CancellationReason => default;

    public int RunningCount => 0;

    public int WaitingCount => 0;

    public Task Run(Func<CancellationToken, Task> work, string? name = null) => throw new NotSupportedException();

    public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null) =>
        throw new NotSupportedException();

    public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null) =>
        throw new NotSupportedException();

    public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null) =>
        throw new NotSupportedException();

    public bool TryRun(Func<CancellationToken, Task> work, string? name = null) => throw new NotSupportedException();

    public void Stop()
    {
    }

    public void Cancel()
    {
    }

    public TaskGroupSnapshot GetSnapshot() => throw new NotSupportedException();
}
