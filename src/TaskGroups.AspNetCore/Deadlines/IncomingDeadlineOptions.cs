using System.Net;
using Microsoft.AspNetCore.Http;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Says which callers may tell how long they wait for an answer, and in which headers. Validated when the application starts.
/// </summary>
/// <remarks>
/// <para>
/// A deadline can only shorten: the group of the request has the time that the header says less <see cref="Margin"/>, or its own limit if
/// that ends earlier. A group that the deadline cut short has <see cref="CancellationReason.TimedOut"/>, the request is answered with 504,
/// and the message says that the caller's deadline ran out.
/// </para>
/// <para>
/// A header that is malformed, or comes several times, is ignored. It is counted in <c>taskgroups.deadlines.ignored</c> and logged at
/// Debug, without its text. Not thread-safe while it is being changed.
/// </para>
/// </remarks>
/// <example>
/// Callers on the same machine, or those that a proxy has let in:
/// <code>
/// builder.Services.AddRequestTaskGroups(options => options.IncomingDeadline.IsTrusted =
///     context => context.Connection.RemoteIpAddress is { } caller &amp;&amp; IPAddress.IsLoopback(caller));
/// </code>
/// </example>
public sealed class IncomingDeadlineOptions
{
    /// <summary>Whether the application takes deadlines of trusted callers; <see langword="false"/> turns off what code set up.</summary>
    /// <value>
    /// The default is <see langword="true"/>. Without <see cref="IsTrusted"/> and <see cref="TrustedNetworks"/> the application trusts no
    /// caller, and reads no header.
    /// </value>
    public bool IsEnabled { get; set; } = true;

    /// <summary>Decides whether the deadline of a request is taken. Called for requests that carry one of the headers.</summary>
    /// <value><see langword="null"/>, the default: callers of <see cref="TrustedNetworks"/> alone are trusted.</value>
    /// <remarks>
    /// The header of a caller that is not trusted is ignored like one that is malformed. Trust a caller only if nothing between it and the
    /// application passes headers of strangers on: a proxy in between must remove them from requests that come from outside.
    /// </remarks>
    public Func<HttpContext, bool>? IsTrusted { get; set; }

    /// <summary>The networks whose callers are trusted, besides those that <see cref="IsTrusted"/> says yes to.</summary>
    /// <value>Empty by default. What counts is <c>HttpContext.Connection.RemoteIpAddress</c>, after forwarded headers if the application
    /// reads them before <c>UseRequestTaskGroups</c>.</value>
    public IList<IPNetwork> TrustedNetworks { get; set; } = [];

    /// <summary>The header with the milliseconds that the caller waits from now: 1 to 8 digits, and nothing else.</summary>
    /// <value>The name of a header. The default is <c>X-Request-Timeout-Ms</c>.</value>
    public string HeaderName { get; set; } = DeadlineRules.HeaderName;

    /// <summary>Whether <c>x-envoy-expected-rq-timeout-ms</c> is read as well. Of several deadlines the earliest counts.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool ReadEnvoyHeader { get; set; }

    /// <summary>Whether <c>grpc-timeout</c> is read as well: 1 to 8 digits and a unit. Of several deadlines the earliest counts.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool ReadGrpcTimeout { get; set; }

    /// <summary>What the group has less than the caller waits: the time that the answer needs on its way.</summary>
    /// <value>0 to 60 seconds. The default is 20 milliseconds.</value>
    public TimeSpan Margin { get; set; } = DeadlineRules.Margin;

    /// <summary>The shortest deadline for which work begins. A request with less is answered with 504 at once.</summary>
    /// <value>0 to 60 seconds. The default is 50 milliseconds.</value>
    public TimeSpan Minimum { get; set; } = TimeSpan.FromMilliseconds(50);
}
