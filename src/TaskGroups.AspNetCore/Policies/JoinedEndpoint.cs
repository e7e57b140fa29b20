namespace TaskGroups.AspNetCore;

/// <summary>
/// Says of a kind of endpoint that what serves it joins its groups by itself: <c>WithTaskGroup</c> only sets limits there.
/// </summary>
/// <param name="Metadata">The type of metadata that such endpoints have.</param>
internal sealed record JoinedEndpoint(Type Metadata);
