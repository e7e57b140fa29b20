using System.Data.Common;

namespace TaskGroups.Jobs;

/// <summary>Keeps jobs and decides when and where they run. How they run is the matter of <see cref="JobRunner"/>.</summary>
/// <remarks>
/// <para>The life of an engine in an application:</para>
/// <list type="number">
/// <item><description><see cref="EnqueueAsync"/> and the look-ups may be called from the moment the container is built to its disposal, so
/// before the start and during the drain as well.</description></item>
/// <item><description><see cref="StartAsync"/> with the host's start: runs are taken from now on. It does not wait for a store that does
/// not answer.</description></item>
/// <item><description><see cref="StandByAsync"/> when the host begins to stop, while requests still run.</description></item>
/// <item><description><see cref="DrainAsync"/> when the drain of the background group begins. It gets the token of the hard phase, which
/// cancels the runs at the same moment: the runner then returns <see cref="JobRunOutcome.HandedBack"/>.</description></item>
/// </list>
/// <para>
/// A turn of a recurring job is a job like any other, with the id <c>name@2026-11-30T03:00:00Z</c>: <see cref="RecurringJobs"/> enqueues it
/// on each node. A durable engine keeps the newest turn of each name beyond <see cref="JobOptions.KeepCompleted"/>: it tells which turns
/// were missed while no node ran.
/// </para>
/// <para>
/// An engine counts the runs that ended with their node, before it takes the job again, and fails the job over
/// <see cref="JobOptions.MaxLosses"/>. A job of a name that <see cref="JobRegistry.TryFind"/> does not know stays where it is. An engine
/// registers itself as a singleton and calls <see cref="JobRegistry.Choose"/>; the container disposes it.
/// </para>
/// </remarks>
internal interface IJobEngine
{
    /// <summary>Whether jobs survive the process: what is handed back is run again, elsewhere or after the next start.</summary>
    bool IsDurable { get; }

    /// <summary>The queues as they were last seen, for metrics and the live page. Does not wait for a store.</summary>
    IReadOnlyList<JobQueueLength> Queues { get; }

    /// <summary>Stores a job.</summary>
    /// <returns><see langword="false"/> if a job with this id and this name is there already, also one that has ended.</returns>
    /// <exception cref="InvalidOperationException">
    /// The id belongs to a job of another name: <see cref="JobFaults.IdIsTaken"/>.
    /// </exception>
    /// <exception cref="NotSupportedException">A transaction was given, and the engine has none.</exception>
    ValueTask<bool> EnqueueAsync(JobEntry entry, DbTransaction? transaction, CancellationToken cancellationToken);

    /// <summary>Cancels a job that waits or runs.</summary>
    /// <returns><see langword="false"/> if there is none, or if it has ended.</returns>
    ValueTask<bool> CancelAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Lets a failed job wait for its first attempt again.</summary>
    /// <returns><see langword="false"/> if there is none, or if it has not failed.</returns>
    ValueTask<bool> RetryAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Looks a job up.</summary>
    ValueTask<JobStatus?> FindAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Reads a page of jobs, newest first.</summary>
    /// <returns><see langword="null"/> if <see cref="JobQuery.After"/> is no job that is known.</returns>
    ValueTask<IReadOnlyList<JobStatus>?> ListAsync(JobQuery query, CancellationToken cancellationToken);

    /// <summary>Begins to take runs.</summary>
    Task StartAsync(JobRunner runner, CancellationToken cancellationToken);

    /// <summary>Takes no new runs from now on, if the jobs survive the process; those that run go on.</summary>
    Task StandByAsync(CancellationToken cancellationToken);

    /// <summary>Waits until each run of this node has ended and what became of it is stored.</summary>
    /// <param name="producers">
    /// Completes when the drains of all other background groups are over: until then their children may enqueue. An engine that loses what
    /// it does not run waits for it. Never fails.
    /// </param>
    /// <param name="hardPhase">Fires when the drain cancels the runs. What then has not ended is handed back.</param>
    Task DrainAsync(Task producers, CancellationToken hardPhase);
}
