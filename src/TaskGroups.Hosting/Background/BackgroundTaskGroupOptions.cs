namespace TaskGroups.Hosting;

/// <summary>Configures a background group. Read and validated when the host starts; changing options later changes nothing.</summary>
/// <remarks>
/// <para>Not thread-safe while it is being changed.</para>
/// <para>
/// <see cref="DrainTimeout"/>, <see cref="CancelTimeout"/> and one second for the report should fit into the host's
/// <c>HostOptions.ShutdownTimeout</c> (30 s by default); otherwise a warning is logged when the host starts.
/// </para>
/// </remarks>
public sealed class BackgroundTaskGroupOptions
{
    internal static readonly TimeSpan LongestTimeout = TimeSpan.FromMilliseconds(4_294_967_294);

    /// <summary>Bounds the children that run at the same time. Children over it wait, first come first served.</summary>
    /// <value>At least 1; <see langword="null"/> (the default): no limit. Nested groups take no slot.</value>
    public int? MaxConcurrency { get; set; }

    /// <summary>Bounds the children that wait for a slot of <see cref="MaxConcurrency"/>.</summary>
    /// <value>
    /// At least 0; <see langword="null"/> (the default): no limit. Only together with <see cref="MaxConcurrency"/>. Over the bound
    /// <c>Run</c> throws
    /// <see cref="TaskGroupFullException"/>.
    /// </value>
    public int? MaxWaiting { get; set; }

    /// <summary>How long children may take to finish by themselves at shutdown, before they are canceled.</summary>
    /// <value>
    /// 0 to 4,294,967,294 milliseconds; the default is 5 seconds. Counts from the end of the server and of all other hosted services. It
    /// ends early when nothing runs any more, or when the host's shutdown timeout runs out.
    /// </value>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long canceled children are waited for at shutdown, before they are abandoned and named in the log.</summary>
    /// <value>
    /// 0 to 4,294,967,294 milliseconds; the default is 2 seconds. This and <see cref="DrainTimeout"/> end by the application's
    /// <see cref="TimeProvider"/> or by real time, whichever comes first.
    /// </value>
    public TimeSpan CancelTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Says what travels from the caller to a child that it starts.</summary>
    /// <value>The default is <see cref="BackgroundFlow.TraceLink"/>.</value>
    public BackgroundFlow Flow { get; set; } = BackgroundFlow.TraceLink;

    /// <summary>Says what the failure of a child does to the application.</summary>
    /// <value>The default is <see cref="BackgroundFailureBehavior.Log"/>.</value>
    public BackgroundFailureBehavior FailureBehavior { get; set; }

    /// <summary>
    /// Called once at shutdown for each child that the drain canceled, that never started, or that still runs: a place to save what is
    /// lost.
    /// </summary>
    /// <value>
    /// The default is <see langword="null"/>: children are only logged. Calls begin one after the other. Together they may take one second
    /// and 10 microseconds for each child; then the token fires and the shutdown goes on. What the delegate throws is logged.
    /// </value>
    public Func<UnfinishedChild, CancellationToken, ValueTask>? OnUnfinished { get; set; }
}
