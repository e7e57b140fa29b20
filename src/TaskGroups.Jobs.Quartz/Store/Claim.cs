namespace TaskGroups.Jobs.Quartz;

/// <summary>One turn of a job: what the engine fires once.</summary>
/// <param name="Id">The job.</param>
/// <param name="Number">The number, unique across all jobs.</param>
internal readonly record struct Turn(JobId Id, long Number);

/// <summary>A turn that is to be handed to the engine.</summary>
/// <param name="Turn">The turn.</param>
/// <param name="Name">The name of the job.</param>
/// <param name="Due">When it is due.</param>
/// <param name="IsWanted"><see langword="false"/>: the job was canceled meanwhile, and the engine gets nothing.</param>
internal sealed record NewTurn(Turn Turn, string Name, DateTimeOffset Due, bool IsWanted = true);

/// <summary>A turn that this node has taken.</summary>
/// <param name="Entry">The job.</param>
/// <param name="Run">The run's mark in the row: while it is there, the job is this run's.</param>
/// <param name="Firing">The engine's name for the run; its row is the lease.</param>
/// <param name="Attempt">The number of the attempt, from 1.</param>
/// <param name="Losses">How many runs of the job ended with their node, this time included.</param>
/// <param name="IsRecovered">Whether a run of this attempt was begun before.</param>
/// <param name="IsCanceled">Whether the job was canceled while its node was gone.</param>
internal sealed record Claim(JobEntry Entry, Guid Run, string Firing, int Attempt, int Losses, bool IsRecovered, bool IsCanceled);
