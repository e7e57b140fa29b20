namespace TaskGroups.Aot;

internal static class Streams
{
    public static Task UseAsync() => TaskGroup.RunAsync(async group =>
    {
        int sum = 0;
        await group.ForEachAsync(Enumerable.Range(1, 10), AddAsync, maxConcurrency: 2);
        await group.ForEachAsync(CountAsync(10), AddAsync);
        Console.WriteLine(sum);

        Console.WriteLine(string.Join(", ", await group.MapAsync(Enumerable.Range(1, 5), SquareAsync, maxConcurrency: 2)));
        Console.WriteLine(string.Join(", ", await group.MapAsync(CountAsync(5), SquareAsync)));

        await foreach (int square in group.StreamAsync(Enumerable.Range(1, 5), SquareAsync))
        {
            Console.WriteLine(square);
        }

        await foreach (int square in group.StreamAsync(CountAsync(5), SquareAsync, maxConcurrency: 1, preserveOrder: false))
        {
            Console.WriteLine(square);
        }

        Task AddAsync(int number, CancellationToken cancellationToken)
        {
            Interlocked.Add(ref sum, number);
            return Task.CompletedTask;
        }
    });

    private static async Task<int> SquareAsync(int number, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return number * number;
    }

    private static async IAsyncEnumerable<int> CountAsync(int to)
    {
        for (int number = 1; number <= to; number++)
        {
            await Task.Yield();
            yield return number;
        }
    }
}
