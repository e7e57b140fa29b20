namespace TaskGroups.Hosting;

/// <summary>Describes a background child that shutdown gave up: it still ran after the drain, or never got its turn.</summary>
/// <param name="Group">The name of the child's group: the background group, or one nested in it.</param>
/// <param name="Name">The child's name.</param>
/// <param name="Started">Whether its delegate was ever invoked.</param>
/// <param name="Elapsed">The time since the child was given to its group.</param>
/// <remarks>Immutable, thus safe to share between threads.</remarks>
public sealed record AbandonedChild(string Group, string Name, bool Started, TimeSpan Elapsed);
