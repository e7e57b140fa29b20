namespace SampleApi;

/// <summary>Where jobs are kept, from <c>Jobs</c>.</summary>
internal sealed class JobsOptions
{
    /// <value><c>Memory</c>: jobs are gone with the process, and what is owed is found at the next start.</value>
    public string Engine { get; set; } = JobsExtensions.Memory;
}
