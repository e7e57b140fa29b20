namespace TaskGroups.AspNetCore;

/// <summary>
/// Gives access to the group of the current request without dependency injection:
/// <c>context.Features.GetRequiredFeature&lt;ITaskGroupFeature&gt;().Group</c>.
/// </summary>
/// <remarks>Present inside <c>UseRequestTaskGroups</c>. May be read from any thread, also after the request has ended.</remarks>
public interface ITaskGroupFeature
{
    /// <summary>The group of this request; an <see cref="ITaskGroup"/> injected into the request's services is the same one.</summary>
    /// <value>
    /// Opened at the first use, with the policy of the endpoint that is selected at that moment, and joined before the request ends.
    /// Afterwards it
    /// refuses children.
    /// </value>
    /// <exception cref="InvalidOperationException">The request has ended and had never used its group.</exception>
    ITaskGroup Group { get; }
}
