namespace TaskGroups.AspNetCore;

/// <summary>What a remote call, which is a request, says of its groups.</summary>
/// <param name="Name">The name of its groups: service and method.</param>
/// <param name="Deadline">How long its caller waits; <see langword="null"/>: no limit.</param>
internal sealed record RemoteCall(string Name, CallersDeadline? Deadline)
{
    /// <summary>Whether the response is written already, although it has not started: as a status without a message.</summary>
    public bool IsAnswered { get; set; }
}
