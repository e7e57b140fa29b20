using System.Diagnostics;

namespace TaskGroups.Hosting;

/// <summary>The names under which TaskGroups can be observed.</summary>
public static class TaskGroupsTelemetry
{
    /// <summary>The name of the activity source: <c>AddSource(TaskGroupsTelemetry.ActivitySourceName)</c>.</summary>
    public const string ActivitySourceName = "TaskGroups";

    internal static ActivitySource Source { get; } = new(ActivitySourceName);
}
