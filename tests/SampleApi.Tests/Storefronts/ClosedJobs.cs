using TaskGroups.Jobs;

namespace SampleApi.Tests;

/// <summary>Jobs in memory whose application has shut down.</summary>
internal sealed class ClosedJobs : IJobs
{
    public ValueTask<JobId> EnqueueAsync<TJob>(
        TJob job, JobEnqueueOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException("The application has shut down.");

    public ValueTask<bool> CancelAsync(JobId id, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<bool> RetryAsync(JobId id, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<JobStatus?> FindAsync(JobId id, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
