namespace TaskGroups.Hosting;

/// <summary>What telemetry and history note of one group while it is open.</summary>
/// <remarks>Thread-safe. The first cancellation and the first failure stay.</remarks>
internal sealed class GroupProgress(TaskGroup group, GroupSettings settings)
{
    private readonly TimeProvider _time = settings.Clock.Provider;
    private readonly Lock _lock = new();
    private long? _canceledAt;

    public TaskGroup Group => group;

    public string Kind { get; } = TelemetryWords.Of(settings.HostContext.Kind);

    public string? FailureType { get; private set; }

    public string? CanceledBy { get; private set; }

    public TimeSpan? SinceCancellation
    {
        get
        {
            lock (_lock)
            {
                return _canceledAt is { } at ? _time.GetElapsedTime(at) : null;
            }
        }
    }

    /// <summary>How a group ended that has completed: <c>succeeded</c>, <c>failed</c> or <c>canceled</c>.</summary>
    public string Outcome => group.CancellationReason switch
    {
        CancellationReason.ChildFailed => "failed",
        not CancellationReason.None when group.IsCutShort => "canceled",
        // A race supervises its contenders, and fails with them if none is left to win.
        _ when group.HasFailures => "failed",
        _ => FailureType is not null && group.Settings.FailurePolicy != FailurePolicy.Supervise ? "failed" : "succeeded",
    };

    public string? Reason => TelemetryWords.Of(group.CancellationReason);

    public void OnCanceled(string? child, Exception? cause)
    {
        lock (_lock)
        {
            _canceledAt ??= _time.GetTimestamp();
            CanceledBy ??= child;
            FailureType ??= cause?.GetType().FullName;
        }
    }

    /// <summary>Notes a failure, which need not cancel the group.</summary>
    public void OnFailed(Exception failure)
    {
        lock (_lock)
        {
            FailureType ??= failure.GetType().FullName;
        }
    }
}
