namespace SampleApi;

/// <summary>
/// Passes the faults that the current request asks for on to the service that is called. Background work and work that outlives its
/// request have no current request, and so no faults.
/// </summary>
internal sealed class FaultInjectionHandler(IHttpContextAccessor requests) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is { } address && requests.HttpContext?.Features.Get<Faults>() is { } faults)
        {
            // .../upstream/NAME/ID
            request.RequestUri = new UriBuilder(address) { Query = faults.QueryFor(address.Segments[^2].TrimEnd('/')) }.Uri;
        }

        return base.SendAsync(request, cancellationToken);
    }
}
