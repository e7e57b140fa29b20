namespace TaskGroups.AspNetCore;

/// <summary>Limits the groups of requests. Immutable, thus safe to share.</summary>
/// <remarks>
/// It holds for all requests as <see cref="RequestTaskGroupOptions.DefaultPolicy"/>, and for an endpoint or a group of endpoints as
/// metadata:
/// <c>MapGroup("/reports").WithMetadata(new RequestTaskGroupPolicy { MaxConcurrency = 8 })</c>. Where an endpoint has several, each of its
/// limits is the
/// last that is set; <c>WithTaskGroup(timeout)</c> sets the timeout alone.
/// </remarks>
public sealed class RequestTaskGroupPolicy
{
    /// <summary>Cancels the group when it runs out, counted from the group's first use; the request is then answered with 504.</summary>
    /// <value>
    /// 0 to 4,294,967,294 milliseconds (about 49.7 days) or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: none.
    /// <see langword="null"/>, the
    /// default: that of a policy further out, or none.
    /// </value>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Bounds the children of a request that run at the same time. Children over it wait, first come first served.</summary>
    /// <value>
    /// At least 1. <see langword="null"/>, the default: that of a policy further out, or no limit.
    /// </value>
    public int? MaxConcurrency { get; init; }

    /// <summary>Bounds the children of a request that wait; over it the request is answered with 503.</summary>
    /// <value>
    /// At least 0, and only together with <see cref="MaxConcurrency"/>. <see langword="null"/>, the default: that of a policy further out,
    /// or no limit.
    /// </value>
    public int? MaxWaiting { get; init; }
}
