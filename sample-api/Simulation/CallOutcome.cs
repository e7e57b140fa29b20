namespace SampleApi;

internal enum CallOutcome
{
    Completed,
    Failed,
    Cancelled,
}
