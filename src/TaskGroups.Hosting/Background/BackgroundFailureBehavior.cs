namespace TaskGroups.Hosting;

/// <summary>Says what the failure of a background child does to the application. It is logged as an error in any case.</summary>
public enum BackgroundFailureBehavior
{
    /// <summary>The failure is logged; the host and the other children run on. The default.</summary>
    Log,

    /// <summary>
    /// The failure is logged and the host stops, with the usual drain. <see cref="Environment.ExitCode"/> becomes 1 unless it has been set.
    /// A group nested in the background group counts as a child. The failure of a child with a fallback, or of one that was not ready yet,
    /// stops nothing.
    /// </summary>
    StopHost,
}
