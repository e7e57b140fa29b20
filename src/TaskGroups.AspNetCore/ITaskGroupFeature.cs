namespace TaskGroups.AspNetCore;

/// <summary>
/// Gives access to the group of the current request without dependency injection:
/// <c>context.Features.GetRequiredFeature&lt;ITaskGroupFeature&gt;().Group</c>.
/// </summary>
/// <remarks>
/// Present in every request of an application that called <c>AddRequestTaskGroups</c>. May be read from any thread, also after the request
/// has ended.
/// </remarks>
public interface ITaskGroupFeature
{
    /// <summary>The group of this request; an <see cref="ITaskGroup"/> injected into the request's services is the same one.</summary>
    /// <value>
    /// One object for the whole request. Its first use inside <c>UseRequestTaskGroups</c> opens a group, with the policy of the endpoint
    /// that is selected at that moment; a use after an early join opens another; what is left is joined before the request ends. Afterwards
    /// it refuses children.
    /// </value>
    ITaskGroup Group { get; }
}
