using Microsoft.AspNetCore.SignalR;

namespace TaskGroups.AspNetCore;

/// <summary>Holds the group of a connection among the connection's features.</summary>
internal sealed class HubConnectionGroup(TaskGroup group)
{
    public TaskGroup Group => group;

    /// <summary>Finds what a connection has; <see langword="null"/> if it was made before the filter could see it.</summary>
    public static HubConnectionGroup? Of(HubCallerContext caller) => caller.Features.Get<HubConnectionGroup>();

    /// <summary>Waits for every invocation of the connection that uses its group: SignalR itself waits for none.</summary>
    /// <remarks>Each invocation has told its outcome, so there is none here.</remarks>
    public async Task JoinAsync() => await group.CloseAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
