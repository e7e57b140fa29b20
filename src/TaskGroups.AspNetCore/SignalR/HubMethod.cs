using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace TaskGroups.AspNetCore;

/// <summary>A method of a hub as it is reached through one endpoint. Read once.</summary>
/// <param name="Name">The name of its groups: <c>Hub.Method</c>.</param>
/// <param name="Group">The limits of its groups, with what the application adds.</param>
/// <param name="IsDisabled">Whether <c>DisableTaskGroup()</c> is said of it: the end of the scope joins.</param>
/// <param name="Stream">How what it returns is joined at its end; <see langword="null"/> if it returns no stream.</param>
internal sealed record HubMethod(string Name, GroupSettings Group, bool IsDisabled, HubStream? Stream)
{
    /// <summary>What tells the methods of an application apart.</summary>
    /// <param name="Endpoint">The endpoint of the hub; <see langword="null"/> if its connections do not come over HTTP.</param>
    /// <param name="Hub">The type of the hub, which may have inherited the method.</param>
    /// <param name="Method">The method.</param>
    public readonly record struct Key(Endpoint? Endpoint, Type Hub, MethodInfo Method);
}
