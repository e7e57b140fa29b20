namespace TaskGroups;

/// <summary>Says where a child's delegate begins.</summary>
public enum ChildStart
{
    /// <summary>
    /// On the thread that calls <see cref="ITaskGroup.Run(Func{CancellationToken, Task}, string?)"/>, before that call
    /// returns: the default, and the way an <see langword="async"/> method begins.
    /// </summary>
    Inline,

    /// <summary>On a thread of the pool. For work that computes before its first <see langword="await"/>.</summary>
    Queued,
}
