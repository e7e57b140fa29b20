namespace TaskGroups.Jobs;

/// <summary>The errors that every engine reports in the same words.</summary>
internal static class JobFaults
{
    public static InvalidOperationException IdIsTaken(JobId id, string name, string owner) => new(
        $"The id '{id}' belongs to a job '{owner}', so no job '{name}' can have it. Ids are unique across all jobs: put the job's "
        + "name into the id.");

    public static NotSupportedException HasNoTransactions(string name) => new(
        $"The job '{name}' cannot be enqueued in a transaction: the engine is in memory. Commit the transaction, then enqueue the job "
        + "without one; or use an engine that keeps jobs in the database.");
}
