namespace TaskGroups.Aot;

internal static class Groups
{
    public static async Task UseAsync()
    {
        await TaskGroup.RunAsync(group => UseInterfaceAsync(group));
        await TaskGroup.RunAsync(group => UseClassAsync((TaskGroup)group), new TaskGroupOptions { Name = "class" });
        Console.WriteLine(await TaskGroup.RunAsync(group => group.Run(ct => Task.FromResult("valued"))));
        Console.WriteLine(await TaskGroup.RunAsync(group => Task.FromResult(group.Name), new TaskGroupOptions { Name = "named" }));
    }

    private static async Task UseInterfaceAsync(ITaskGroup group)
    {
        await group.Run(ct => Task.CompletedTask);
        await group.Run(static (text, ct) => Console.Out.WriteLineAsync(text), "with a state");
        int one = await group.Run(ct => Task.FromResult(1));
        int two = await group.Run(static (number, ct) => Task.FromResult(number + 1), one);
        Console.WriteLine($"{group.Name}: {one}, {two}, {group.TryRun(ct => Task.CompletedTask)}, {group.CancellationReason}");
        group.Stop();
        Console.WriteLine($"{group.StoppingToken.IsCancellationRequested}, {group.CancellationToken.IsCancellationRequested}");
        Console.WriteLine($"{group.RemainingTime is null}");
        group.Cancel();
        Console.WriteLine($"{group.CancellationToken.IsCancellationRequested}, {group.GetSnapshot().Entries.Count}");
    }

    private static async Task UseClassAsync(TaskGroup group)
    {
        await group.Run(ct => Task.CompletedTask);
        await group.Run(static (text, ct) => Console.Out.WriteLineAsync(text), "with a state");
        int one = await group.Run(ct => Task.FromResult(1));
        int two = await group.Run(static (number, ct) => Task.FromResult(number + 1), one);
        Console.WriteLine($"{group.Name}: {one}, {two}, {group.TryRun(ct => Task.CompletedTask)}, {group.CancellationReason}");
        group.Stop();
        Console.WriteLine($"{group.StoppingToken.IsCancellationRequested}, {group.CancellationToken.IsCancellationRequested}");
        Console.WriteLine($"{group.RemainingTime is null}");
        group.Cancel();
        Console.WriteLine($"{group.CancellationToken.IsCancellationRequested}, {group.GetSnapshot().Entries.Count}");
    }
}
