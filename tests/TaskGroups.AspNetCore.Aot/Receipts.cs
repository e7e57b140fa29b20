using TaskGroups;
using TaskGroups.Jobs;

internal sealed record ReceiptDue(int OrderId);

/// <summary>The turn of a recurring job.</summary>
internal sealed record DayToClose;

/// <summary>Fails at first, so that it is tried again; both attempts run while the application stops.</summary>
internal sealed class SendReceipt(ITaskGroup tasks) : IJobHandler<ReceiptDue>
{
    public async Task RunAsync(ReceiptDue job, JobContext context, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, context.StoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Console.WriteLine($"{context.Name} '{context.Id}' of order {job.OrderId}: attempt {context.Attempt}");
        if (context.Attempt == 1)
        {
            tasks.Run(_ => Task.FromException(new FormatException("broken")));
        }
    }
}

internal sealed class CloseDay : IJobHandler<DayToClose>
{
    public Task RunAsync(DayToClose job, JobContext context, CancellationToken cancellationToken) => Task.CompletedTask;
}
