namespace SampleApi;

/// <summary>Where traces, metrics and logs go: the names of OpenTelemetry's specification.</summary>
internal sealed class OtlpOptions
{
    public const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";
    public const string ProtocolKey = "OTEL_EXPORTER_OTLP_PROTOCOL";

    private static readonly string[] Protocols = ["grpc", "http/protobuf"];

    /// <value>An absolute http or https address.</value>
    public string? Endpoint { get; set; }

    /// <value>Null: grpc.</value>
    public string? Protocol { get; set; }

    public bool HasEndpoint => Uri.TryCreate(Endpoint, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https";

    public bool HasProtocol => string.IsNullOrEmpty(Protocol) || Protocols.Contains(Protocol);
}
