namespace SampleApi;

/// <summary>Where the upstream services are, from <c>Upstream</c>.</summary>
internal sealed class UpstreamOptions
{
    /// <value>An absolute http or https address; null: this server itself.</value>
    public Uri? BaseAddress { get; set; }

    public bool IsValid() => BaseAddress is null || (BaseAddress.IsAbsoluteUri && BaseAddress.Scheme is "http" or "https");
}
