using System.Diagnostics;

namespace TaskGroups.Hosting;

/// <summary>The activities of the source <c>TaskGroups</c>: one for each group that a listener samples.</summary>
internal static class GroupTraces
{
    public static bool IsEnabled => TaskGroupsTelemetry.Source.HasListeners();

    /// <summary>Starts the activity of a group below the one that is current, which stays current: the opener runs on in its own.</summary>
    public static Activity? StartGroup(string name, string kind)
    {
        Activity? outer = Activity.Current;
        Activity? activity = TaskGroupsTelemetry.Source.StartActivity($"group {name}");
        activity?.SetTag("taskgroups.kind", kind);
        Activity.Current = outer;
        return activity;
    }

    /// <summary>Notes on a group's activity what canceled it.</summary>
    public static void Canceled(Activity activity, string reason, string? child, Exception? cause)
    {
        var tags = new ActivityTagsCollection { { "reason", reason } };
        if (child is not null)
        {
            tags.Add("child", child);
        }

        if (cause is not null)
        {
            tags.Add("exception.type", cause.GetType().FullName);
        }

        activity.AddEvent(new ActivityEvent("canceled", tags: tags));
    }

    /// <summary>Ends an activity with its outcome.</summary>
    public static void Stop(Activity activity, string outcome, string? reason, string? failureType)
    {
        activity.SetTag("taskgroups.outcome", outcome);
        if (reason is not null)
        {
            activity.SetTag("taskgroups.reason", reason);
        }

        if (outcome == "failed")
        {
            activity.SetStatus(ActivityStatusCode.Error, failureType);
        }

        Activity? current = Activity.Current;
        activity.Stop();
        Activity.Current = current; // whichever child ended last runs on in its own
    }
}
