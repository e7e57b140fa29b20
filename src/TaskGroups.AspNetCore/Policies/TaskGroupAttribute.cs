namespace TaskGroups.AspNetCore;

/// <summary>
/// Sets the limits of requests' groups, on a controller, an action, a <c>PageModel</c> class or the handler of a minimal API.
/// </summary>
/// <remarks>
/// <para>
/// It writes the same metadata as <c>WithTaskGroup</c>. Of a method, its class, <c>MapControllers()</c> and the groups of endpoints around
/// them the nearest that sets a limit wins, limit by limit; what is set here wins over the named policy.
/// </para>
/// <para>
/// The groups of controllers and pages are joined before the result is executed. An attribute cannot add that to a minimal API: there it
/// sets limits only, and the application warns at start unless the endpoint has <c>WithTaskGroup()</c> as well. On the handler method of a
/// page it has no effect, and the application warns at start: put it on the <c>PageModel</c> class.
/// </para>
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class TaskGroupAttribute : Attribute
{
    private int? _timeoutMilliseconds;
    private int? _maxConcurrency;
    private int? _maxWaiting;
    private ChildStart? _childStart;

    /// <summary>Takes the limits from the properties that are set, and the others from further out.</summary>
    public TaskGroupAttribute()
    {
    }

    /// <summary>Takes the limits from a named policy.</summary>
    /// <param name="policyName">
    /// The name of a policy from <see cref="RequestTaskGroupOptions.AddPolicy(string, RequestTaskGroupPolicy)"/>. Case is ignored. An
    /// unknown one is an error when the application starts.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="policyName"/> is <see langword="null"/>.</exception>
    public TaskGroupAttribute(string policyName)
    {
        ArgumentNullException.ThrowIfNull(policyName);
        PolicyName = policyName;
    }

    /// <summary>The policy that applies.</summary>
    /// <value><see langword="null"/> if none is named.</value>
    public string? PolicyName { get; }

    /// <summary><see cref="RequestTaskGroupPolicy.Timeout"/> in milliseconds.</summary>
    /// <value>At least 0, or -1 (<see cref="Timeout.Infinite"/>): none. Not set by default; reads as -1 then.</value>
    public int TimeoutMilliseconds
    {
        get => _timeoutMilliseconds ?? Timeout.Infinite;
        set => _timeoutMilliseconds = value;
    }

    /// <summary><see cref="RequestTaskGroupPolicy.MaxConcurrency"/>.</summary>
    /// <value>At least 1. Not set by default; reads as 0 then.</value>
    public int MaxConcurrency
    {
        get => _maxConcurrency ?? 0;
        set => _maxConcurrency = value;
    }

    /// <summary><see cref="RequestTaskGroupPolicy.MaxWaiting"/>.</summary>
    /// <value>At least 0. Not set by default; reads as -1 then.</value>
    public int MaxWaiting
    {
        get => _maxWaiting ?? -1;
        set => _maxWaiting = value;
    }

    /// <summary><see cref="RequestTaskGroupPolicy.ChildStart"/>.</summary>
    /// <value>Not set by default; reads as <see cref="TaskGroups.ChildStart.Inline"/> then.</value>
    public ChildStart ChildStart
    {
        get => _childStart ?? default;
        set => _childStart = value;
    }

    /// <summary>What is set here, without the named policy.</summary>
    internal RequestTaskGroupPolicy Limits => new()
    {
        Timeout = _timeoutMilliseconds is { } timeout ? TimeSpan.FromMilliseconds(timeout) : null,
        MaxConcurrency = _maxConcurrency,
        MaxWaiting = _maxWaiting,
        ChildStart = _childStart,
    };
}
