namespace TaskGroups.Aot;

internal static class Combinators
{
    public static Task UseAsync() => TaskGroup.RunAsync(async group =>
    {
        await group.RunGroupAsync(nested => Task.CompletedTask);
        Console.WriteLine(await group.RunGroupAsync(nested => Task.FromResult(nested.Name), new TaskGroupOptions { Name = "nested" }));
        await group.Run(ct => ValueTask.CompletedTask);
        Console.WriteLine(await group.Run(ct => ValueTask.FromResult(3)));

        await group.AllAsync(ct => Task.CompletedTask, ct => Task.CompletedTask);
        Console.WriteLine(string.Join(", ", await group.AllAsync(Enumerable.Range(1, 3).Select(Give))));
        Console.WriteLine(await group.AllAsync(Give(1), Give("2")));
        Console.WriteLine(await group.AllAsync(Give(1), Give("2"), Give(3L)));
        Console.WriteLine(await group.AllAsync(Give(1), Give("2"), Give(3L), Give('4')));
        Console.WriteLine(await group.AllAsync(Give(1), Give("2"), Give(3L), Give('4'), Give(5)));
        Console.WriteLine(await group.AllAsync(Give(1), Give("2"), Give(3L), Give('4'), Give(5), Give("6")));

        Console.WriteLine(await group.RaceAsync(Give("winner"), Never));
        Console.WriteLine(await group.RaceAsync(Give("winner"), Never, Never));
        Console.WriteLine(await group.RaceAsync(Give("winner"), Never, Never, Never));
        Console.WriteLine(await group.RaceAsync([Give("winner"), Never], disposeLosers: false));
        Console.WriteLine(await group.RunOrDefault(Fail, "fallback"));
        Console.WriteLine(await group.RunOrDefault(Fail) ?? "nothing");

        Console.WriteLine(await group.StartAsync<string>(async (ready, ct) =>
        {
            ready.Started("ready");
            await Never(ct);
        }));
        group.Cancel();
    });

    private static Func<CancellationToken, Task<T>> Give<T>(T value) => async ct =>
    {
        await Task.Yield();
        return value;
    };

    private static Task<string> Fail(CancellationToken cancellationToken) =>
        Task.FromException<string>(new InvalidOperationException("optional"));

    private static async Task<string> Never(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return "never";
    }
}
