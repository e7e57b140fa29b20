namespace TaskGroups.Jobs;

/// <summary>A job as it is stored.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The registered name, which chooses the handler.</param>
/// <param name="Payload">The payload as JSON.</param>
/// <param name="EnqueuedAt">When it was handed over.</param>
/// <param name="NotBefore">The earliest start; <see langword="null"/>: at once.</param>
/// <param name="TraceParent">The activity that handed it over, as W3C <c>traceparent</c>; <see langword="null"/> if there was none.</param>
internal sealed record JobEntry(
    JobId Id, string Name, string Payload, DateTimeOffset EnqueuedAt, DateTimeOffset? NotBefore = null, string? TraceParent = null);
