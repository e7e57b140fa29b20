namespace TaskGroups.Jobs;

/// <summary>Hands jobs over to the engine, and looks after them by their ids.</summary>
/// <remarks>A singleton. All members may be called from any thread at any time, also during the drain.</remarks>
public interface IJobs
{
    /// <summary>Hands a job over. From then on the engine runs it, at least once.</summary>
    /// <typeparam name="TJob">The payload's type, which says which handler runs it.</typeparam>
    /// <param name="job">The payload. It is serialized as JSON before this method returns.</param>
    /// <param name="options">An id of the caller's, a transaction, the earliest start; <see langword="null"/>: none of these.</param>
    /// <param name="cancellationToken">Ends the attempt to hand the job over. It does not travel to the job.</param>
    /// <returns>The id of the job: the given one, or a new one. The same id again is the same job, and nothing is added.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="job"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">The payload is larger than the limit, or cannot be serialized.</exception>
    /// <exception cref="InvalidOperationException">
    /// No job is registered for <typeparamref name="TJob"/>; or the id belongs to a job of another name; or the engine is in memory and
    /// the application has shut down.
    /// </exception>
    /// <exception cref="NotSupportedException">A transaction was given, and the engine is in memory.</exception>
    ValueTask<JobId> EnqueueAsync<TJob>(
        TJob job, JobEnqueueOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Cancels a job: one that waits is not run any more; one that runs, on whichever node, has its token fired.</summary>
    /// <param name="id">The id of the job.</param>
    /// <param name="cancellationToken">Ends the attempt to cancel.</param>
    /// <returns><see langword="false"/> if there is no such job, or if it has ended.</returns>
    ValueTask<bool> CancelAsync(JobId id, CancellationToken cancellationToken = default);

    /// <summary>Runs a failed job again, with all its attempts.</summary>
    /// <param name="id">The id of the job.</param>
    /// <param name="cancellationToken">Ends the attempt to reach the engine.</param>
    /// <returns><see langword="false"/> if there is no such job, or if it has not failed.</returns>
    ValueTask<bool> RetryAsync(JobId id, CancellationToken cancellationToken = default);

    /// <summary>Looks a job up.</summary>
    /// <param name="id">The id of the job.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>What is known of the job; <see langword="null"/> if there is none, or if it is no longer kept.</returns>
    ValueTask<JobStatus?> FindAsync(JobId id, CancellationToken cancellationToken = default);
}
