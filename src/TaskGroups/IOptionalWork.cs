namespace TaskGroups;

/// <summary>The work of a child that hands its own failure to somebody and ends normally, so that the group does not fail.</summary>
internal interface IOptionalWork
{
    /// <summary>What the work failed with; <see langword="null"/> if it did not.</summary>
    Exception? Failure { get; }

    /// <summary>Whether an await elsewhere throws <see cref="Failure"/>.</summary>
    bool IsFailureThrown { get; }
}
