namespace TaskGroups;

/// <summary>
/// A child that is not invoked by the call that starts it: it goes through the queue of the pool, after it waited for a slot.
/// </summary>
/// <remarks>
/// One object is work item, record and, where a task is handed out, the source of that task. <see cref="Queued{TWork}"/> has its way.
/// </remarks>
internal interface IQueuedChild : IThreadPoolWorkItem, IWatcher
{
    /// <summary>The task that was handed out, if one was.</summary>
    Task? Task { get; }

    /// <summary>The child's work, if it hands its failures to somebody.</summary>
    IOptionalWork? Optional { get; }

    /// <summary>Queues a child that has its slot.</summary>
    void Queue();

    /// <summary>Invokes a child that has its slot on this thread.</summary>
    void Begin();

    /// <summary>Ends a child whose delegate the cancellation came before (R4).</summary>
    void Drop(bool hasSlot);

    /// <summary>
    /// Takes the registration of a child back for which there was no place, or whose starter has given up; the caller is told.
    /// </summary>
    void Withdraw();

    /// <summary>Completes the task that was handed out, if one was; without a task that ended: canceled.</summary>
    void Hand(Task? ended);
}
