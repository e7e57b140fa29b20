namespace TaskGroups.AspNetCore;

/// <summary>Configures the live page of <c>MapTaskGroups</c>. Read and validated when the application starts.</summary>
/// <remarks>Not thread-safe while it is being changed.</remarks>
/// <example>
/// <code>builder.Services.Configure&lt;TaskGroupsPageOptions&gt;(options => options.HistorySize = 1_000);</code>
/// </example>
public sealed class TaskGroupsPageOptions
{
    /// <summary>How many groups that have ended the page remembers.</summary>
    /// <value>
    /// From 0 to 10,000 groups; 200 by default. Those that failed or were canceled are kept longer than those that succeeded.
    /// </value>
    public int HistorySize { get; set; } = 200;

    /// <summary>How many groups and children one snapshot holds; a larger one is cut, and says so.</summary>
    /// <value>From 100 to 1,000,000 entries; 20,000 by default.</value>
    public int MaxEntries { get; set; } = 20_000;

    /// <summary>How often a viewer gets a new snapshot. All viewers share it.</summary>
    /// <value>From 100 ms to one minute; 500 ms by default.</value>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How many streams (<c>/events</c> and <c>/text?watch</c>) may be open at once; one more is answered with 503.</summary>
    /// <value>From 1 to 10,000; 50 by default.</value>
    public int MaxViewers { get; set; } = 50;
}
