using Microsoft.AspNetCore.SignalR;

namespace TaskGroups.AspNetCore;

/// <summary>What the group of one invocation is opened with.</summary>
/// <param name="Method">The method, with its limits.</param>
/// <param name="Caller">The connection that invoked it.</param>
/// <param name="Connection">The group of the connection, which waits for the invocation's.</param>
/// <param name="Aborted">The token that says that the client has gone.</param>
internal sealed record HubCall(HubMethod Method, HubCallerContext Caller, TaskGroup Connection, CancellationToken Aborted);
