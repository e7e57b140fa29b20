namespace TaskGroups.Hosting;

/// <summary>
/// Says what travels from the caller to a background child. The <c>HttpContext</c>, scoped services, the caller's activity and other
/// <c>AsyncLocal</c> values never do.
/// </summary>
[Flags]
public enum BackgroundFlow
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>
    /// A link to the caller's trace: the child runs in a span of its own, the root of a new trace, which is linked to the caller's span.
    /// Only if there is one, and a listener for <see cref="TaskGroupsTelemetry.ActivitySourceName"/>.
    /// </summary>
    TraceLink = 1,

    /// <summary>The caller's <c>CultureInfo.CurrentCulture</c> and <c>CurrentUICulture</c>.</summary>
    Culture = 2,
}
