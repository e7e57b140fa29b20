namespace TaskGroups.AspNetCore;

/// <summary>Limits the groups of requests. Immutable, thus safe to share.</summary>
/// <remarks>
/// It holds for all requests as <see cref="RequestTaskGroupOptions.DefaultPolicy"/>, for those that name it after
/// <see cref="RequestTaskGroupOptions.AddPolicy(string, RequestTaskGroupPolicy)"/>, and for an endpoint or a group of endpoints as the
/// argument of <c>WithTaskGroup</c>. Where several apply, each limit is that of the nearest policy that sets it.
/// </remarks>
public sealed class RequestTaskGroupPolicy
{
    internal static RequestTaskGroupPolicy Empty { get; } = new();

    /// <summary>
    /// Limits the work of the group, counted from the moment when the request reaches <c>UseRequestTaskGroups</c>. When it has passed,
    /// the group is canceled, and the request is answered with 504 unless its response has started.
    /// </summary>
    /// <value>
    /// 0 to 4,294,967,294 milliseconds (about 49.7 days) or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: none.
    /// <see langword="null"/>, the default: that of a policy further out, of the default policy, or
    /// <see cref="RequestTaskGroupOptions.DefaultTimeout"/>.
    /// </value>
    /// <remarks>
    /// It cannot end a handler that awaits work outside of the group: request timeouts of ASP.NET Core limit the handler.
    /// </remarks>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Bounds the children of a request that run at the same time. Children over it wait, first come first served.</summary>
    /// <value>
    /// At least 1. <see langword="null"/>, the default: that of a policy further out, or no limit.
    /// </value>
    public int? MaxConcurrency { get; init; }

    /// <summary>Bounds the children of a request that wait; over it the request is answered with 503.</summary>
    /// <value>
    /// At least 0, and only where <see cref="MaxConcurrency"/> is set as well, here or further out. <see langword="null"/>, the default:
    /// that of a policy further out, or no limit.
    /// </value>
    public int? MaxWaiting { get; init; }

    /// <summary>
    /// How children start. <see cref="TaskGroups.ChildStart.Queued"/> suits children that compute before their first await.
    /// </summary>
    /// <value><see langword="null"/>, the default: that of a policy further out, or <see cref="TaskGroups.ChildStart.Inline"/>.</value>
    public ChildStart? ChildStart { get; init; }

    /// <summary>The limits of this policy, and for those that it leaves open the ones of a policy further out.</summary>
    internal RequestTaskGroupPolicy Or(RequestTaskGroupPolicy? further) => further is null ? this : new()
    {
        Timeout = Timeout ?? further.Timeout,
        MaxConcurrency = MaxConcurrency ?? further.MaxConcurrency,
        MaxWaiting = MaxWaiting ?? further.MaxWaiting,
        ChildStart = ChildStart ?? further.ChildStart,
    };
}
