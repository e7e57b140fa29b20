namespace TaskGroups;

/// <summary>
/// A group as its host and the types that report on it see it: what it was opened with, and how long it has been open. They need not know
/// how a group works, so none of them is in a cycle with <see cref="TaskGroup"/>.
/// </summary>
internal interface IObservedGroup : ITaskGroup
{
    GroupSettings Settings { get; }

    /// <summary>How long the group has been open.</summary>
    TimeSpan Elapsed { get; }
}
