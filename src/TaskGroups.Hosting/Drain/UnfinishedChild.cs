namespace TaskGroups.Hosting;

/// <summary>Describes a background child that shutdown cut short.</summary>
/// <param name="Group">The name of the child's group: the background group, or one nested in it.</param>
/// <param name="Name">The child's name.</param>
/// <param name="Reason">What became of the child.</param>
/// <param name="Elapsed">
/// How long the child ran, or has been running. For a child that never started: how long it waited.
/// </param>
/// <param name="State">
/// The state that was given to <see cref="ITaskGroup.Run{TState}(Func{TState, CancellationToken, Task}, TState, string?)"/>;
/// <see langword="null"/> for a child that was started without one.
/// </param>
/// <param name="WillBeResumed">Whether the work is stored elsewhere and starts again by itself, so that nothing is lost.</param>
/// <remarks>Immutable, thus safe to share between threads. <paramref name="State"/> is the object that was given to the group.</remarks>
public sealed record UnfinishedChild(
    string Group, string Name, UnfinishedReason Reason, TimeSpan Elapsed, object? State = null, bool WillBeResumed = false);
