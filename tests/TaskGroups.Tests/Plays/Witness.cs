namespace TaskGroups.Tests;

/// <summary>Says who checks, beside the test itself, that each group outlived what it started (R1).</summary>
public enum Witness
{
    /// <summary>No observer: the group runs as most users run it, without tracking its children.</summary>
    None,

    /// <summary>An observer: every child that was reported as started was reported as ended before the group was.</summary>
    Observer,

    /// <summary>A counter around each delegate, which does not believe what the group reports.</summary>
    Counter,
}
