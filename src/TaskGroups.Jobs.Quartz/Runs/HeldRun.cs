namespace TaskGroups.Jobs.Quartz;

/// <summary>A run that this node holds the lease of.</summary>
/// <param name="Claim">What the node has taken.</param>
/// <param name="Run">The run.</param>
internal sealed record HeldRun(Claim Claim, JobRun Run);
