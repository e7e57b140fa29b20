using System.Diagnostics;

namespace TaskGroups.Hosting;

/// <summary>The names under which the groups of an application publish metrics and traces.</summary>
/// <remarks>A group that opens while no listener has subscribed costs one check.</remarks>
/// <example>
/// With OpenTelemetry:
/// <code>
/// builder.Services.AddOpenTelemetry()
///     .WithMetrics(metrics => metrics.AddMeter(TaskGroupsTelemetry.MeterName))
///     .WithTracing(traces => traces.AddSource(TaskGroupsTelemetry.ActivitySourceName));
/// </code>
/// </example>
public static class TaskGroupsTelemetry
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "TaskGroups";

    /// <summary>The name of the source of activities.</summary>
    public const string ActivitySourceName = "TaskGroups";

    internal static ActivitySource Source { get; } = new(ActivitySourceName);
}
