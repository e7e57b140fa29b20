namespace TaskGroups.Jobs;

/// <summary>Says what becomes of turns of a recurring job that passed while no node could enqueue them.</summary>
public enum MissedTurns
{
    /// <summary>The latest of them is run, once. The default.</summary>
    RunOnce,

    /// <summary>None of them is run; the next turn is the next one that comes.</summary>
    Skip,
}
