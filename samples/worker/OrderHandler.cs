using TaskGroups;
using TaskGroups.Hosting;

namespace Worker;

/// <summary>
/// The lesson: what an order needs at the same time are children of its scope's group; one that fails cancels the others. What may happen
/// later is handed to a background group.
/// </summary>
internal sealed class OrderHandler(ITaskGroup tasks, [FromKeyedServices("emails")] IBackgroundTaskGroup emails, Ledger ledger)
{
    public async Task HandleAsync(int order)
    {
        Task reserved = tasks.Run(ct => CallAsync(milliseconds: 10, ct), "reserve");
        Task charged = tasks.Run(ct => CallAsync(milliseconds: 15, ct), "charge");
        await reserved;
        await charged;
        ledger.AddHandled();
        emails.RunScoped((Mailer mailer, CancellationToken ct) => mailer.ConfirmAsync(ct), $"confirmation of order {order}");
    }

    // Stands for a call over the network.
    private static Task CallAsync(int milliseconds, CancellationToken cancellationToken) => Task.Delay(milliseconds, cancellationToken);
}
