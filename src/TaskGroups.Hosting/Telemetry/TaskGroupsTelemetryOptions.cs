namespace TaskGroups.Hosting;

/// <summary>Says what the groups of an application publish: <c>services.Configure&lt;TaskGroupsTelemetryOptions&gt;(...)</c>.</summary>
/// <remarks>Not thread-safe. Read when the first group opens that something listens to; changing it later changes nothing.</remarks>
/// <example>
/// <code>
/// services.Configure&lt;TaskGroupsTelemetryOptions&gt;(options => options.Spans = TaskGroupsSpans.GroupsOnly);
/// </code>
/// </example>
public sealed class TaskGroupsTelemetryOptions
{
    /// <summary>Which spans there are, as far as a listener samples them.</summary>
    /// <value>
    /// The default is <see cref="TaskGroupsSpans.GroupsAndChildren"/>. Another number fails the start of the host with an
    /// <see cref="Microsoft.Extensions.Options.OptionsValidationException"/>.
    /// </value>
    public TaskGroupsSpans Spans { get; set; } = TaskGroupsSpans.GroupsAndChildren;

    /// <summary>
    /// Whether what is logged in a child carries the names of the child and of its group, as a scope with the properties <c>TaskGroup</c>
    /// and <c>Child</c>; in the body of a group, that of the group.
    /// </summary>
    /// <value>The default is <see langword="false"/>: each group and each child pays for it, whether or not it logs anything.</value>
    public bool LogScopes { get; set; }
}
