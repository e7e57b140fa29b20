namespace TaskGroups.Hosting;

/// <summary>One call of <c>AddBackgroundTaskGroup</c>. Several calls with one name add up.</summary>
/// <param name="Name">The name of the group.</param>
/// <param name="SectionPath">The configuration section that the call binds; <see langword="null"/> without one.</param>
internal sealed record BackgroundGroupRegistration(string Name, string? SectionPath);
