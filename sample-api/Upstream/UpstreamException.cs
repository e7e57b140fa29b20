using System.Net;

namespace SampleApi;

/// <summary>An upstream service answered with a failure, with nonsense, or not at all.</summary>
internal sealed class UpstreamException(
    string upstream,
    TimeSpan elapsed,
    Exception inner) : Exception($"The {upstream} service failed: {inner.Message}", inner)
{
    // A second try must not cost the caller its limit: only what failed quickly is tried again.
    private static readonly TimeSpan Quickly = TimeSpan.FromMilliseconds(250);

    public bool IsWorthARetry => elapsed < Quickly && InnerException is HttpRequestException
    {
        StatusCode: null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout,
    };
}
