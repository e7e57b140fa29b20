namespace TaskGroups.Hosting;

/// <summary>Says which spans the source <see cref="TaskGroupsTelemetry.ActivitySourceName"/> has.</summary>
/// <remarks>
/// A background group has no span, since it lives as long as the application. In either case each of its children is the root of a trace of
/// its own.
/// </remarks>
public enum TaskGroupsSpans
{
    /// <summary>One for each group. What a child calls lies below the span of its group.</summary>
    GroupsOnly,

    /// <summary>
    /// One for each group, and below it one for each of its children. What a child calls lies below the span of the child.
    /// </summary>
    GroupsAndChildren,
}
