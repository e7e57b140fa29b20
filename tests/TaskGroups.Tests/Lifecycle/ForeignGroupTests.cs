using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Implementations of ITaskGroup that are not ours: a wrapper leads to its group, any other is refused.
public sealed class ForeignGroupTests
{
    [Fact]
    public Task From_WhenGivenAWrapper_FindsTheGroupInIt() => TaskGroup.RunAsync(group =>
    {
        Assert.Same(group, TaskGroup.From(new CountingGroup(group, new Children())));
        return Task.CompletedTask;
    });

    [Fact]
    public async Task From_WhenGivenAForeignGroup_ThrowsAndSaysWhatToDo()
    {
        ForeignGroup foreign = new();
        string message = Assert.Throws<ArgumentException>(() => TaskGroup.From(foreign)).Message;
        Assert.Contains(typeof(ForeignGroup).ToString(), message, StringComparison.Ordinal);
        Assert.Contains("use a real one: TaskGroup.RunAsync", message, StringComparison.Ordinal);
        foreach (Func<Task> call in new Func<Task>[]
        {
            () => foreign.RunGroupAsync(_ => Task.CompletedTask),
            () => foreign.RunGroupAsync(_ => Task.FromResult(1)),
            () => foreign.AllAsync(_ => Task.FromResult(1), _ => Task.FromResult(2)),
            () => foreign.AllAsync(_ => Task.CompletedTask),
            () => foreign.ForEachAsync([1], (_, _) => Task.CompletedTask),
            () => foreign.MapAsync([1], (item, _) => Task.FromResult(item)),
            () => foreign.RaceAsync(_ => Task.FromResult(1)),
            () => foreign.RunOrDefault(_ => Task.FromResult(1), 2),
            () => foreign.StartAsync<int>((_, _) => Task.CompletedTask),
            async () =>
            {
                await foreach (int _ in foreign.StreamAsync([1], (item, _) => Task.FromResult(item)))
                {
                }
            },
        })
        {
            await Assert.ThrowsAsync<ArgumentException>(call);
        }
    }

    [Fact]
    public void RemainingTime_OfAnotherImplementation_IsNullUnlessItSaysMore() =>
        Assert.Null(((ITaskGroup)new ForeignGroup()).RemainingTime);

    private sealed class ForeignGroup : ITaskGroup
    {
        public string Name => "foreign";

        public CancellationToken CancellationToken => CancellationToken.None;

        public CancellationToken StoppingToken => CancellationToken.None;

        public CancellationReason CancellationReason => CancellationReason.None;

        public Task Run(Func<CancellationToken, Task> work, string? name = null) => work(default);

        public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null) => work(default);

        public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null) => work(state, default);

        public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null) =>
            work(state, default);

        public bool TryRun(Func<CancellationToken, Task> work, string? name = null) => false;

        public void Stop()
        {
        }

        public void Cancel()
        {
        }

        public TaskGroupSnapshot GetSnapshot() => new(default, []);
    }
}
