namespace TaskGroups.AspNetCore;

/// <summary>A feature of a request whose caller has said how long it waits.</summary>
/// <param name="Limit">How long the request's groups may run together, from <paramref name="ReceivedAt"/> on.</param>
/// <param name="ReceivedAt">When the request came to the middleware, as a timestamp of the application's clock.</param>
internal sealed record CallersDeadline(TimeSpan Limit, long ReceivedAt);
