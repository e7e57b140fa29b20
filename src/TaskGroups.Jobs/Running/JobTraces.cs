using System.Diagnostics;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>The activity of an attempt: the root of a trace, linked to the activity that enqueued the job.</summary>
internal static class JobTraces
{
    public static Activity? Start(JobEntry entry, JobRun run)
    {
        if (!TaskGroupsTelemetry.Source.HasListeners())
        {
            return null;
        }

        ActivityLink[] links = ActivityContext.TryParse(entry.TraceParent, null, isRemote: true, out ActivityContext caller)
            ? [new ActivityLink(caller)]
            : [];
        Activity.Current = null; // whatever the engine does is not what the job belongs to
        Activity? activity = TaskGroupsTelemetry.Source.StartActivity(
            ActivityKind.Consumer, name: $"job {entry.Name}", links: links);
        activity?.SetTag("taskgroups.kind", "job");
        activity?.SetTag("taskgroups.job.id", entry.Id.Value);
        activity?.SetTag("taskgroups.job.attempt", run.Attempt);
        return activity;
    }

    /// <summary>Notes a failure, as a filter of exceptions.</summary>
    /// <returns><see langword="false"/>, always.</returns>
    public static bool SetFailed(Activity? activity, Exception failure)
    {
        activity?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", failure.GetType().FullName);
        return false;
    }
}
