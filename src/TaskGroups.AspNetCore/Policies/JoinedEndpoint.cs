namespace TaskGroups.AspNetCore;

/// <summary>
/// Says of a kind of endpoint that what serves it joins its groups by itself: <c>WithTaskGroup</c> only sets limits there.
/// </summary>
/// <param name="Metadata">The type of metadata that such endpoints have.</param>
/// <param name="IsBeforeResponse">Whether groups are joined before the response that is awaited at once, given that metadata: they have
/// <see cref="RequestTaskGroupOptions.DefaultTimeout"/> then (R30). <see langword="null"/>: never.</param>
internal sealed record JoinedEndpoint(Type Metadata, Func<object, bool>? IsBeforeResponse = null);
