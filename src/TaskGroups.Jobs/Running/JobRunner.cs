using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>
/// Runs a job as a group: opens its scope, invokes the handler, joins the group's children, disposes the scope, and only then tells the
/// engine how the run ended (R46).
/// </summary>
internal sealed class JobRunner(
    [FromKeyedServices(JobRunner.GroupName)] IBackgroundTaskGroup group,
    GroupServices services,
    ApplicationGroups application,
    JobRegistry registry,
    JobMetrics metrics,
    JobNode node,
    IServiceProvider provider,
    ILogger<JobRunner> logger)
{
    /// <summary>The background group in which jobs run.</summary>
    public const string GroupName = "jobs";

    /// <summary>How many jobs run at the same time on one node, unless the group's <c>MaxConcurrency</c> is set.</summary>
    public const int DefaultConcurrency = 10;

    private readonly Lazy<bool> _isDurable = new(() => provider.GetRequiredService<IJobEngine>().IsDurable);
    private readonly ILogger _logger = new SafeLogger(logger);
    private readonly HostContext _context = new()
    {
        Services = services,
        Kind = GroupKind.Job,
        CompletedHint = "The attempt of its job has ended. Work that outlives it is a job of its own.",
    };

    public BackgroundTaskGroup Group { get; } = BackgroundTaskGroup.From(group);

    public JobRegistry Registry => registry;

    public JobNode Node => node;

    public TimeProvider Time => application.TimeProvider;

    /// <summary>Keeps the group from completing, so that it takes jobs, until the hold is disposed.</summary>
    /// <returns><see langword="false"/> if the drain is over: what it left has been reported, and nothing is begun any more.</returns>
    public bool TryHold(out GroupHold hold)
    {
        hold = default;
        try
        {
            if (Group.Drain.Phase < DrainPhase.Reporting)
            {
                hold = TaskGroup.Hold(Group);
                return true;
            }
        }
        catch (InvalidOperationException)
        {
            // The group has completed.
        }

        return false;
    }

    /// <summary>Runs a job of a name that <see cref="Registry"/> knows.</summary>
    /// <returns>How the run ended; the returned task does not fail.</returns>
    public async Task<JobRunEnd> RunAsync(JobRun run)
    {
        JobRunEnd? end = null;
        try
        {
            Task child = Group.RunJob(
                async (generation, cancellationToken) =>
                {
                    end = await RunInAsync(generation, run).ConfigureAwait(false);
                    if (end is { Outcome: JobRunOutcome.HandedBack })
                    {
                        // The drain counts the child among those that it cut short.
                        cancellationToken.ThrowIfCancellationRequested();
                    }
                },
                new ResumedJob(run.Entry.Id, _isDurable.Value),
                run.Entry.Name);
            await child.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (InvalidOperationException)
        {
            // The drain is over, so nothing was begun: the engine keeps what it has.
        }

        return end
            ?? Judge(run, Group.Drain.HasBegun ? JobEnd.HostStopping : JobEnd.Canceled, hasFinished: false, failure: null);
    }

    private async Task<JobRunEnd> RunInAsync(TaskGroup generation, JobRun run)
    {
        JobRegistration registration = registry.TryFind(run.Entry.Name, out JobRegistration? found)
            ? found
            : throw new InvalidOperationException($"The engine ran a job '{run.Entry.Name}', which is not registered.");
        TaskGroup? opened = null;
        var scope = new GroupScope<Task>(services, provider => InvokeAsync(provider, opened!, registration, run));
        Exception? failure = null;
        try
        {
            Task joined = TaskGroup.RunNested(
                generation,
                job => scope.Open(opened = TaskGroup.From(job)),
                new TaskGroupOptions { Name = registration.Name, Timeout = registration.Options.Timeout },
                name: null,
                _context,
                run.Token);
            await scope.DisposeAfterAsync(joined, application).Unwrap().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        // A run that was canceled before its group opened has no group to ask.
        JobEnd reason = opened is not null ? ReasonOf(opened, run)
            : run.Reason != JobEnd.None ? run.Reason
            : failure is not null && generation.IsEnding ? ReasonOf(generation, run)
            : JobEnd.None;
        bool hasFinished = failure is null && (reason == JobEnd.None || opened is { IsCutShort: false });
        return Judge(run, reason, hasFinished, failure);
    }

    private async Task InvokeAsync(IServiceProvider scope, TaskGroup job, JobRegistration registration, JobRun run)
    {
        JobEntry entry = run.Entry;
        run.OnStarted();
        metrics.Started(entry.Name, run.IsRecovered);
        _logger.JobStarts(entry.Name, entry.Id, run.Attempt, run.IsRecovered);
        using Activity? activity = JobTraces.Start(entry, run);
        var context = new JobContext(
            entry.Id, entry.Name, run.Attempt, run.IsRecovered, entry.EnqueuedAt, () => ReasonOf(job, run), job.StoppingToken);
        try
        {
            await registration.InvokeAsync(scope, entry.Payload, context, job.CancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (JobTraces.SetFailed(activity, exception))
        {
            throw;
        }
    }

    private static JobEnd ReasonOf(TaskGroup group, JobRun run) => group.CancellationReason switch
    {
        CancellationReason.TimedOut => JobEnd.TimedOut,
        CancellationReason.HostStopping => JobEnd.HostStopping,

        // Either the engine fired the run's token, or the application canceled the background group.
        CancellationReason.CallerCanceled => run.Reason == JobEnd.None ? JobEnd.Canceled : run.Reason,
        _ => JobEnd.None,
    };

    // Work that finished counts, whatever token has fired meanwhile (R19). Otherwise the reason of the cancellation decides, and what
    // was thrown afterwards is said beside it (R41).
    private JobRunEnd Judge(JobRun run, JobEnd reason, bool hasFinished, Exception? failure)
    {
        JobEntry entry = run.Entry;
        JobRunEnd end = reason switch
        {
            JobEnd.LeaseLost => new JobRunEnd(JobRunOutcome.Dropped),
            _ when hasFinished => new JobRunEnd(JobRunOutcome.Succeeded),
            JobEnd.HostStopping => new JobRunEnd(JobRunOutcome.HandedBack),
            JobEnd.Canceled => new JobRunEnd(JobRunOutcome.Canceled),
            _ => Failed(run, failure ?? new TimeoutException()),
        };
        metrics.Ended(entry.Name, end.Outcome);
        _logger.JobEnds(run, end, failure, _isDurable.Value);
        return end;
    }

    private JobRunEnd Failed(JobRun run, Exception failure)
    {
        TimeSpan? retryAfter = registry.TryFind(run.Entry.Name, out JobRegistration? registration)
            ? registration.Options.RetryAfter(run.Attempt)
            : null;
        return new JobRunEnd(JobRunOutcome.Failed, failure.GetType().FullName, retryAfter);
    }

    private sealed class ResumedJob(JobId id, bool willBeResumed) : IResumedWork
    {
        public object State => id;

        public bool WillBeResumed => willBeResumed;
    }
}
