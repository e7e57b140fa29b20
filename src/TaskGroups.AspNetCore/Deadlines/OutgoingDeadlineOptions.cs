namespace TaskGroups.AspNetCore;

/// <summary>
/// Says how an HTTP client tells the services that it calls how long the current group waits for them. Validated when the application
/// starts.
/// </summary>
/// <remarks>Not thread-safe while it is being changed.</remarks>
public sealed class OutgoingDeadlineOptions
{
    /// <summary>The header that carries the milliseconds that are left, as 1 to 8 digits.</summary>
    /// <value>The name of a header. The default is <c>X-Request-Timeout-Ms</c>.</value>
    public string HeaderName { get; set; } = DeadlineRules.HeaderName;

    /// <summary>What the called service has less than the group: the time that its answer needs on its way.</summary>
    /// <value>0 to 60 seconds. The default is 20 milliseconds.</value>
    public TimeSpan Margin { get; set; } = DeadlineRules.Margin;

    /// <summary>
    /// The hosts that are told: <c>prices.internal</c> for all ports of one, or <c>prices.internal:8080</c>. Case is ignored.
    /// </summary>
    /// <value>
    /// Empty, the default: the host and the port of the client's <see cref="HttpClient.BaseAddress"/>, which must then be set by
    /// <c>ConfigureHttpClient</c> or the delegate of <c>AddHttpClient</c>. Else these hosts alone.
    /// </value>
    /// <remarks>How long an application waits tells strangers something about it.</remarks>
    public IList<string> Hosts { get; set; } = [];

    /// <summary>Whether the header is also sent by a handler that follows redirects, and so repeats it to wherever it is sent.</summary>
    /// <value>
    /// The default is <see langword="false"/>: without <c>AllowAutoRedirect = false</c> on its primary handler the client sends no
    /// deadline, and a Warning says so.
    /// </value>
    public bool AllowRedirects { get; set; }

    /// <summary>Whether a client with these options has <c>AddTaskGroupDeadline()</c>: there are options for each name.</summary>
    internal bool IsAdded { get; set; }
}
