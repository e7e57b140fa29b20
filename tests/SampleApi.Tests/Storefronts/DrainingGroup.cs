using TaskGroups;
using TaskGroups.Hosting;

namespace SampleApi.Tests;

/// <summary>A background group whose drain has begun.</summary>
internal sealed class DrainingGroup : IBackgroundTaskGroup
{
    public string Name => "draining";

    public CancellationToken CancellationToken => CancellationToken.None;

    public CancellationToken StoppingToken => new(canceled: true);

    public CancellationReason CancellationReason => CancellationReason.None;

    public int RunningCount => 0;

    public int WaitingCount => 0;

    // The sample starts work when it starts itself; there is none for it here.
    public Task Run(Func<CancellationToken, Task> work, string? name = null) =>
        name == "owed receipts" ? Task.CompletedTask : throw Refusal();

    public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null) => throw Refusal();

    public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null) => throw Refusal();

    public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null) =>
        throw Refusal();

    public bool TryRun(Func<CancellationToken, Task> work, string? name = null) => false;

    public void Stop()
    {
    }

    public void Cancel()
    {
    }

    public TaskGroupSnapshot GetSnapshot() => throw Refusal();

    private static InvalidOperationException Refusal() => new("The group is draining.");
}
