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

    public static InvalidOperationException HasShutDown(string name) => new(
        $"The job '{name}' was not enqueued: the application has drained its jobs, and the engine is in memory. Save what it is owed, and "
        + "enqueue it after the next start; or use an engine that keeps jobs in the database.");

    public static InvalidOperationException HasNoEngine() => new(
        "AddJobs has no engine. Call jobs.UseInMemory() in it, or jobs.UseQuartz(...) of the package TaskGroups.Jobs.Quartz.");
}
