namespace TaskGroups;

/// <summary>What ties a group to the outside: the group that it is nested in, and the caller's token. A group without either has none.</summary>
internal sealed class Ties(TaskGroup? parent, Member? place)
{
    public TaskGroup? Parent => parent;

    /// <summary>The line of a nested group in the roster of the outer one.</summary>
    public Member? Place => place;

    /// <summary>What is registered on the caller's token.</summary>
    public CancellationTokenRegistration Caller { get; set; }
}
