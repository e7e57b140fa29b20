namespace TaskGroups.Aot;

internal static class Limits
{
    public static async Task UseAsync()
    {
        var observer = new PrintingObserver();
        var options = new TaskGroupOptions
        {
            Name = "limits",
            ChildStart = ChildStart.Queued,
            FailurePolicy = FailurePolicy.Supervise,
            MaxConcurrency = 1,
            MaxWaiting = 0,
            Observer = observer,
            StragglerAfter = TimeSpan.FromMilliseconds(20),
            Timeout = TimeSpan.FromHours(1),
            TimeProvider = TimeProvider.System,
            TrackChildren = true,
        };
        Console.WriteLine($"{options.Name}, {options.ChildStart}, {options.FailurePolicy}, {options.MaxConcurrency}, {options.MaxWaiting}");
        Console.WriteLine($"{options.Observer == observer}, {options.StragglerAfter}, {options.Timeout}, {options.TrackChildren}");
        Console.WriteLine(options.TimeProvider == TimeProvider.System);
        await TaskGroup.RunAsync(group => FillAsync(group, observer), options);

        Console.WriteLine(new TaskGroupFullException().Message);
        Console.WriteLine(new TaskGroupFullException("full").Message);
        Console.WriteLine(new TaskGroupFullException("full", new TimeoutException()).InnerException?.GetType());
    }

    private static async Task FillAsync(ITaskGroup group, PrintingObserver observer)
    {
        await Record(() => group.Run(ct => Task.FromException(new InvalidOperationException("a child fails")), "Ben"));
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        group.Run(
            ct =>
            {
                started.SetResult();
                return observer.Straggled; // whatever the token says
            },
            "Ada");
        await started.Task;
        await Record(() => group.Run(ct => Task.CompletedTask, "Cleo"));
        group.Cancel();
    }

    private static async Task Record(Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (InvalidOperationException exception)
        {
            Console.WriteLine($"{exception.GetType()}: {exception.Message}");
        }
    }
}
