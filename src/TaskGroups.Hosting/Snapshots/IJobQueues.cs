namespace TaskGroups.Hosting;

/// <summary>Tells what waits in the queues of jobs. The package of the jobs registers it; without one there are no queues.</summary>
internal interface IJobQueues
{
    /// <summary>Reads the queues as they were last seen. Does not wait for a database: it is called for every snapshot.</summary>
    IReadOnlyList<QueueView> Read();
}
