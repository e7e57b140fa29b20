using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>Shows the live page what waits.</summary>
internal sealed class JobQueues(IJobEngine engine, ApplicationGroups application) : IJobQueues
{
    public IReadOnlyList<QueueView> Read()
    {
        DateTimeOffset now = application.TimeProvider.GetUtcNow();
        return
        [
            .. engine.Queues.OrderBy(queue => queue.Job, StringComparer.Ordinal).Select(queue => new QueueView(
                queue.Job,
                queue.Waiting,
                queue.OldestDueAt is { } due ? Math.Max(0, (long)(now - due).TotalMilliseconds) : null)),
        ];
    }
}
