namespace TaskGroups;

/// <summary>The work of a child that hands its own failures to somebody and does not fail the group.</summary>
internal interface IOptionalWork
{
    /// <summary>What the work failed with; empty if it did not.</summary>
    IReadOnlyList<Exception> Failures { get; }

    /// <summary>Whether an await elsewhere throws the first of the <see cref="Failures"/>.</summary>
    bool IsFailureThrown { get; }

    /// <summary>Tells that the child will never be invoked.</summary>
    void Drop();
}
