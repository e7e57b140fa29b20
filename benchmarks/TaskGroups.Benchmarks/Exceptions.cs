namespace TaskGroups.Benchmarks;

/// <summary>Counts what is thrown when a group is canceled, against the same children without a group.</summary>
internal static class Exceptions
{
    private const int Children = 1_000;

    public static async Task<double> AddedPerChildAsync()
    {
        int bare = await CountAsync(async () =>
        {
            using var source = new CancellationTokenSource();
            Task[] children = [.. Enumerable.Range(0, Children).Select(_ => Work.Blocks(source.Token))];
            await source.CancelAsync();
            await Task.WhenAll(children).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        int grouped = await CountAsync(() => TaskGroup.RunAsync(group =>
        {
            for (int child = 0; child < Children; child++)
            {
                group.Run(Work.Blocks);
            }

            group.Cancel();
            return Task.CompletedTask;
        }));
        return (double)(grouped - bare) / Children;
    }

    private static async Task<int> CountAsync(Func<Task> run)
    {
        int thrown = 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        await run();
        AppDomain.CurrentDomain.FirstChanceException -= Count;
        return thrown;

        void Count(object? sender, System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs e) => Interlocked.Increment(ref thrown);
    }
}
