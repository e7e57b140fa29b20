namespace TaskGroups.Benchmarks;

/// <summary>What a user writes instead.</summary>
internal static class ByHand
{
    /// <summary>An array and <see cref="Task.WhenAll(Task[])"/>: nothing is canceled when one fails.</summary>
    public static Contender WhenAll(Func<CancellationToken, Task> work) => new("Task.WhenAll", count =>
    {
        var tasks = new Task[count];
        for (int child = 0; child < count; child++)
        {
            tasks[child] = work(CancellationToken.None);
        }

        return Task.WhenAll(tasks);
    });

    /// <summary>
    /// The careful version: a linked source, the first failure cancels the siblings, all are waited for, the source is disposed.
    /// </summary>
    public static Contender Correct(Func<CancellationToken, Task> work) =>
        new("careful code by hand", count => CorrectAsync(count, work, last: null));

    /// <summary>The careful version of <see cref="ByGroup.FailFast"/>.</summary>
    public static Contender FailFast { get; } = new("careful code by hand", async count =>
    {
        try
        {
            await CorrectAsync(count, Work.Blocks, last: Work.Fails);
        }
        catch (Exception exception) when (exception is BenchmarkException or OperationCanceledException)
        {
            return; // Task.WhenAll throws the failure of the first task in the array, not the first failure
        }

        throw new InvalidOperationException("The failing child did not fail the others.");
    });

    /// <summary><see cref="Task.Run(Func{Task})"/> for each child, then <see cref="Task.WhenAll(Task[])"/>.</summary>
    public static Contender TaskRun(Func<CancellationToken, Task<int>> work) => new("Task.Run + WhenAll", count =>
    {
        var tasks = new Task<int>[count];
        for (int child = 0; child < count; child++)
        {
            tasks[child] = Task.Run(() => work(CancellationToken.None));
        }

        return Task.WhenAll(tasks);
    });

    /// <inheritdoc cref="TaskRun(Func{CancellationToken, Task{int}})"/>
    public static Contender TaskRun(Func<CancellationToken, Task> work) => new("Task.Run + WhenAll", count =>
    {
        var tasks = new Task[count];
        for (int child = 0; child < count; child++)
        {
            tasks[child] = Task.Run(() => work(CancellationToken.None));
        }

        return Task.WhenAll(tasks);
    });

    public static Contender ParallelForEach(Func<CancellationToken, Task> work) => new("Parallel.ForEachAsync", count =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), (_, cancellationToken) => new ValueTask(work(cancellationToken))));

    private static async Task CorrectAsync(
        int count, Func<CancellationToken, Task> work, Func<CancellationToken, Task>? last, CancellationToken cancellationToken = default)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = new Task[last is null ? count : count + 1];
        for (int child = 0; child < count; child++)
        {
            tasks[child] = GuardAsync(source, work);
        }

        if (last is not null)
        {
            tasks[count] = GuardAsync(source, last);
        }

        await Task.WhenAll(tasks);

        static async Task GuardAsync(CancellationTokenSource source, Func<CancellationToken, Task> work)
        {
            try
            {
                await work(source.Token);
            }
            catch
            {
                await source.CancelAsync();
                throw;
            }
        }
    }
}
