namespace TaskGroups.AspNetCore;

/// <summary>
/// Configures the groups of requests. Read and validated when the application starts; changing options later changes nothing.
/// </summary>
/// <remarks>Not thread-safe while it is being changed.</remarks>
public sealed class RequestTaskGroupOptions
{
    /// <summary>
    /// Limits every request's group. What the endpoint sets itself, as with <c>WithTaskGroup(timeout)</c>, takes precedence.
    /// </summary>
    /// <value>The default is <see langword="null"/>: no limits.</value>
    public RequestTaskGroupPolicy? DefaultPolicy { get; set; }

    /// <summary>
    /// How long requests may run on at shutdown, counted from <c>IHostApplicationLifetime.ApplicationStopping</c>. Then their groups are
    /// canceled, and
    /// requests that were cut short are answered with 503.
    /// </summary>
    /// <value>
    /// 0 to 4,294,967,294 milliseconds or <see cref="Timeout.InfiniteTimeSpan"/>: never canceled. <see langword="null"/>, the default: what
    /// the drain
    /// of background groups and one second for its report leave of <c>HostOptions.ShutdownTimeout</c>; with the hosts' defaults 22 seconds.
    /// </value>
    public TimeSpan? ShutdownGrace { get; set; }
}
