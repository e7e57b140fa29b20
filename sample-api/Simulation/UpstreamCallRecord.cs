namespace SampleApi;

internal sealed record UpstreamCallRecord(string Path, DateTimeOffset StartedAt, long DurationMs, CallOutcome Outcome);

internal enum CallOutcome
{
    Completed,
    Failed,
    Cancelled,
}
