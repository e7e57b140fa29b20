namespace TaskGroups.AspNetCore;

/// <summary>Metadata: the endpoint has the filter that joins the request's group after the handler.</summary>
/// <param name="IsBeforeResponse">
/// Whether the handler has a result that is written after the join. A <c>RequestDelegate</c>, such as a hub's or a gRPC method's, has
/// written the response itself by then.
/// </param>
internal sealed record EndpointJoin(bool IsBeforeResponse);
