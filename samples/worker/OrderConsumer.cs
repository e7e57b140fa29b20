using TaskGroups;
using TaskGroups.Hosting;

namespace Worker;

/// <summary>
/// The lesson: long-lived work watches the soft signal, so it stops taking orders when the host stops and finishes the one that it has.
/// Each order has a DI scope whose group is joined before the scope is disposed.
/// </summary>
internal sealed class OrderConsumer(OrderQueue queue, ITaskGroupFactory groups, IBackgroundTaskGroup background)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // Throws when the host stops. That is the end that was asked for, not a failure.
            int order = await queue.ReceiveAsync(background.StoppingToken);
            await groups.RunInScopeAsync(
                services => services.GetRequiredService<OrderHandler>().HandleAsync(order),
                new TaskGroupOptions { Name = $"order {order}", Timeout = TimeSpan.FromSeconds(5) },
                cancellationToken);
        }
    }
}
