namespace TaskGroups.Hosting;

/// <summary>The words of tags, of the live page and of its JSON: snake case, few and fixed.</summary>
internal static class TelemetryWords
{
    public static string Of(GroupKind kind) => kind switch
    {
        GroupKind.Request => "request",
        GroupKind.Connection => "connection",
        GroupKind.Background => "background",
        GroupKind.Job => "job",
        GroupKind.Scope => "scope",
        _ => "group",
    };

    /// <returns><see langword="null"/> while nothing has canceled the group.</returns>
    public static string? Of(CancellationReason reason) => reason switch
    {
        CancellationReason.Requested => "requested",
        CancellationReason.ChildFailed => "child_failed",
        CancellationReason.CallerCanceled => "caller_canceled",
        CancellationReason.TimedOut => "timed_out",
        CancellationReason.HostStopping => "host_stopping",
        _ => null,
    };

    public static string Of(ChildOutcome outcome) => outcome switch
    {
        ChildOutcome.Succeeded => "succeeded",
        ChildOutcome.Failed => "failed",
        _ => "canceled",
    };
}
