namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>A run as the ledger has it. Times are seconds of the machine's monotonic clock.</summary>
/// <param name="Job">The id of the job.</param>
/// <param name="Node">The node.</param>
/// <param name="Started">When its work began.</param>
/// <param name="Ended">When its work ended; <see langword="null"/> if it ended with its process.</param>
/// <param name="Reason">What ended it from outside.</param>
/// <param name="IsRecovered">Whether the run knew that one was before it.</param>
/// <param name="Attempt">The number of the attempt.</param>
/// <param name="Payload">What its handler read.</param>
internal sealed record LedgerRun(
    string Job, string Node, double Started, double? Ended, JobEnd? Reason, bool IsRecovered, int Attempt, string Payload);
