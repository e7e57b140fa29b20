namespace TaskGroups.AspNetCore;

/// <summary>
/// Takes the groups of requests off all limits, the default ones included, and joins them after the response instead of before it: what a
/// response needs whose body uses the group.
/// </summary>
/// <remarks>
/// It writes the same metadata as <c>DisableTaskGroup()</c>. The nearest of <c>WithTaskGroup</c>, <see cref="TaskGroupAttribute"/> and
/// this one wins. The request still has its group, which is canceled when the client leaves and joined before the request's services are
/// disposed. On the handler method of a page it has no effect, and the application warns at start: put it on the <c>PageModel</c> class.
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class DisableTaskGroupAttribute : Attribute;
