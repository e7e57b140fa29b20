using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Configures the groups of requests. Read and validated when the application starts; changing options later changes nothing.
/// </summary>
/// <remarks>Not thread-safe while it is being changed.</remarks>
public sealed class RequestTaskGroupOptions
{
    /// <summary>What messages call a policy.</summary>
    internal const string PolicyKind = "a policy";

    private readonly Dictionary<string, RequestTaskGroupPolicy> _policies = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Limits every request's group. What an endpoint sets itself, as with <c>WithTaskGroup(timeout)</c>, takes precedence, limit by limit.
    /// </summary>
    /// <value>The default is <see langword="null"/>: no limits.</value>
    public RequestTaskGroupPolicy? DefaultPolicy { get; set; }

    /// <summary>The policies that endpoints may name. Names ignore case.</summary>
    /// <value>A view of what <see cref="AddPolicy(string, RequestTaskGroupPolicy)"/> has added.</value>
    public IReadOnlyDictionary<string, RequestTaskGroupPolicy> Policies => _policies;

    /// <summary>
    /// Limits the groups that are joined before the response and have no timeout from a policy or <see cref="DefaultPolicy"/>: those of
    /// controllers, pages and endpoints with <c>WithTaskGroup()</c>, but not with <c>DisableTaskGroup()</c>.
    /// </summary>
    /// <value>
    /// 0 to 4,294,967,294 milliseconds (about 49.7 days), or <see cref="Timeout.InfiniteTimeSpan"/>: none. The default is 100 seconds.
    /// </value>
    /// <remarks>
    /// A client that leaves is not always noticed, as when a proxy keeps its connection open: without a limit, a call that hangs would hold
    /// the request for ever. From 10 seconds on, one timer watches all requests: the limit may act up to a second late.
    /// </remarks>
    public TimeSpan DefaultTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>
    /// Bounds the children of all requests of this process that have not ended, waiting ones included. One more is refused with
    /// <see cref="TaskGroupFullException"/>, which is answered with 503.
    /// </summary>
    /// <value>At least 1. <see langword="null"/>, the default: no bound.</value>
    public int? MaxChildren { get; set; }

    /// <summary>
    /// Whether a request that ends early is answered here: 504 for its group's timeout, 503 for a full group and for the end of the
    /// application, 499 for a client that has gone.
    /// </summary>
    /// <value>The default is <see langword="true"/>. <see langword="false"/>: its exception goes on to exception handling.</value>
    public bool MapEndings { get; set; } = true;

    /// <summary>
    /// How long requests may run on at shutdown, counted from <c>IHostApplicationLifetime.ApplicationStopping</c>. Then their groups are
    /// canceled, and requests that were cut short are answered with 503.
    /// </summary>
    /// <value>
    /// 0 to 4,294,967,294 milliseconds or <see cref="Timeout.InfiniteTimeSpan"/>: never canceled. <see langword="null"/>, the default: what
    /// the drain of background groups and one second for its report leave of <c>HostOptions.ShutdownTimeout</c>; with the hosts' defaults
    /// 22 seconds.
    /// </value>
    public TimeSpan? ShutdownGrace { get; set; }

    /// <summary>
    /// Lets a trusted caller say how long it waits: the group of its request ends then, if its own limit does not end it before.
    /// </summary>
    /// <value>Off by default: the application trusts no caller.</value>
    public IncomingDeadlineOptions IncomingDeadline { get; set; } = new();

    /// <summary>Adds a policy that endpoints may name: <c>WithTaskGroup("reports")</c>, <c>[TaskGroup("reports")]</c>.</summary>
    /// <param name="name">
    /// Its name: 1 to 128 characters, without control and bidirectional characters, without <c>=&gt;</c> and double quotes, not blank. Case
    /// is ignored; a policy that has this name already is replaced.
    /// </param>
    /// <param name="policy">Its limits, validated when the application starts.</param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not a valid name; the message says why.</exception>
    public RequestTaskGroupOptions AddPolicy(string name, RequestTaskGroupPolicy policy)
    {
        GivenName.Check(name, PolicyKind, "options.AddPolicy(\"reports\", ...)");
        ArgumentNullException.ThrowIfNull(policy);

        _policies[name] = policy;
        return this;
    }

    /// <summary>Adds a policy that sets the timeout alone.</summary>
    /// <param name="name">
    /// Its name: 1 to 128 characters, without control and bidirectional characters, without <c>=&gt;</c> and double quotes, not blank. Case
    /// is ignored; a policy that has this name already is replaced.
    /// </param>
    /// <param name="timeout">Its <see cref="RequestTaskGroupPolicy.Timeout"/>.</param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not a valid name; the message says why.</exception>
    public RequestTaskGroupOptions AddPolicy(string name, TimeSpan timeout) =>
        AddPolicy(name, new RequestTaskGroupPolicy { Timeout = timeout });
}
