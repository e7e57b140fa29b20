namespace TaskGroups.Benchmarks;

/// <summary>Our way, through the public API.</summary>
internal static class ByGroup
{
    private static readonly TaskGroupOptions QueuedStart = new() { ChildStart = ChildStart.Queued };

    public static Contender Inline(Func<CancellationToken, Task> work) => new("TaskGroup", count => TaskGroup.RunAsync(group =>
    {
        for (int child = 0; child < count; child++)
        {
            group.Run(work);
        }

        return Task.CompletedTask;
    }));

    public static Contender Queued(Func<CancellationToken, Task<int>> work) => new("TaskGroup, Queued", count => TaskGroup.RunAsync(
        group =>
        {
            for (int child = 0; child < count; child++)
            {
                group.Run(work);
            }

            return Task.CompletedTask;
        },
        QueuedStart));

    public static Contender TryRun(Func<CancellationToken, Task> work) => new("TaskGroup, TryRun", count => TaskGroup.RunAsync(
        group =>
        {
            for (int child = 0; child < count; child++)
            {
                group.TryRun(work);
            }

            return Task.CompletedTask;
        },
        QueuedStart));

    /// <summary>Children that block; then one that fails: all are canceled and joined.</summary>
    public static Contender FailFast { get; } = new("TaskGroup", async count =>
    {
        try
        {
            await TaskGroup.RunAsync(group =>
            {
                for (int child = 0; child < count; child++)
                {
                    group.Run(Work.Blocks);
                }

                group.Run(Work.Fails);
                return Task.CompletedTask;
            });
        }
        catch (BenchmarkException)
        {
            return;
        }

        throw new InvalidOperationException("The failing child did not fail the group.");
    });
}
