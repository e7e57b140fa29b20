using System.Diagnostics;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>Hands jobs to the engine.</summary>
internal sealed class EngineJobs(IJobEngine engine, JobRegistry registry, JobMetrics metrics, ApplicationGroups application) : IJobs
{
    public async ValueTask<JobId> EnqueueAsync<TJob>(
        TJob job, JobEnqueueOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        JobRegistration registration = registry.Find(typeof(TJob));
        JobId id = options?.Id is { } given ? new JobId(given.Value) : JobId.New();
        var entry = new JobEntry(
            id,
            registration.Name,
            registration.Write(job, registry.MaxPayloadBytes),
            application.TimeProvider.GetUtcNow(),
            options?.NotBefore,
            Activity.Current is { IdFormat: ActivityIdFormat.W3C } caller ? caller.Id : null);
        if (await engine.EnqueueAsync(entry, options?.Transaction, cancellationToken).ConfigureAwait(false))
        {
            metrics.Enqueued(registration.Name);
        }

        return id;
    }

    public ValueTask<bool> CancelAsync(JobId id, CancellationToken cancellationToken = default) =>
        engine.CancelAsync(new JobId(id.Value), cancellationToken);

    public ValueTask<bool> RetryAsync(JobId id, CancellationToken cancellationToken = default) =>
        engine.RetryAsync(new JobId(id.Value), cancellationToken);

    public ValueTask<JobStatus?> FindAsync(JobId id, CancellationToken cancellationToken = default) =>
        engine.FindAsync(new JobId(id.Value), cancellationToken);
}
