namespace SampleApi;

/// <summary>Where jobs are kept, from <c>Jobs</c>.</summary>
internal sealed class JobsOptions
{
    public const string Quartz = "Quartz";

    public static IReadOnlyList<string> Engines { get; } = ["Memory", Quartz];

    /// <value>
    /// <c>Memory</c>: jobs are gone with the process, and what is owed is found at the next start. <c>Quartz</c>: in the shop's PostgreSQL,
    /// where any replica runs them.
    /// </value>
    public string Engine { get; set; } = "Memory";

    /// <summary>Whether a job is a row beside the order, so that both are committed together.</summary>
    public bool AreDurable => Engine == Quartz;
}
