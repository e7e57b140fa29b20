namespace TaskGroups.Jobs;

/// <summary>Asks for a page of jobs, newest first.</summary>
/// <param name="State">Only jobs in this state.</param>
/// <param name="Job">Only jobs of this name.</param>
/// <param name="After">Only jobs that come after this one, in the order of the list: the last one of the page before.</param>
internal sealed record JobQuery(JobState? State = null, string? Job = null, JobId? After = null)
{
    /// <summary>The jobs of a page.</summary>
    public const int PageSize = 100;
}
