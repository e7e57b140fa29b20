namespace TaskGroups;

/// <summary>Hears what happens in a group and in the groups nested in it.</summary>
/// <remarks>
/// <para>
/// Every method is empty by default: override what you need. Methods are called on the thread where the event happened,
/// outside locks, possibly several at a time: an observer must be thread-safe, and quick, since the group waits for it.
/// </para>
/// <para>
/// What a method throws harms nobody: it is handed to
/// <see cref="ExceptionUnseen"/> of the same observer, and dropped only if that throws as well.
/// </para>
/// </remarks>
public abstract class TaskGroupObserver
{
    /// <summary>
    /// A group was opened. Its body has not been invoked yet. What this method sets in an <see cref="AsyncLocal{T}"/>, the body sees.
    /// </summary>
    /// <param name="group">The group.</param>
    public virtual void GroupOpened(ITaskGroup group)
    {
    }

    /// <summary>A group was canceled; its token has fired.</summary>
    /// <param name="group">The group.</param>
    /// <param name="reason">What canceled it.</param>
    /// <param name="child">The child that failed; <see langword="null"/> if the body failed or the reason is another one.</param>
    /// <param name="cause">The failure; <see langword="null"/> if the reason is another one.</param>
    public virtual void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
    {
    }

    /// <summary>A group was joined: nothing of it runs any more. Its task completes after this call.</summary>
    /// <param name="group">The group.</param>
    /// <param name="elapsed">The time since it was opened.</param>
    public virtual void GroupCompleted(ITaskGroup group, TimeSpan elapsed)
    {
    }

    /// <summary>
    /// A child's delegate is about to be invoked. What this method sets in an <see cref="AsyncLocal{T}"/>, the child sees, and nobody else.
    /// </summary>
    /// <param name="group">The child's group.</param>
    /// <param name="name">The child's name.</param>
    public virtual void ChildStarted(ITaskGroup group, string name)
    {
    }

    /// <summary>A child that had been started has ended.</summary>
    /// <param name="group">The child's group.</param>
    /// <param name="name">The child's name.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="elapsed">The time since its delegate was invoked.</param>
    /// <param name="exception">The failure; <see langword="null"/> unless <paramref name="outcome"/> is
    /// <see cref="ChildOutcome.Failed"/>.</param>
    public virtual void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception)
    {
    }

    /// <summary>
    /// A child still runs <see cref="TaskGroupOptions.StragglerAfter"/> after its group was canceled. Called once per child.
    /// </summary>
    /// <param name="group">The child's group.</param>
    /// <param name="name">The child's name.</param>
    /// <param name="sinceCancellation">The time since the group was canceled.</param>
    public virtual void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation)
    {
    }

    /// <summary>
    /// An exception happened that the group's task will not throw when awaited: a second failure (the task lists it), a failure under
    /// <see cref="FailurePolicy.Supervise"/> or of an optional child, a callback on the group's token that threw, a disposal that failed.
    /// And one that need not
    /// be awaited: the failure of a nested group's body that canceled nobody.
    /// </summary>
    /// <param name="group">The group in which it happened.</param>
    /// <param name="child">
    /// The child whose failure it is, which <see cref="ChildCompleted"/> reports as well; <see langword="null"/> if it is not the
    /// failure of a child.
    /// </param>
    /// <param name="exception">The exception.</param>
    public virtual void ExceptionUnseen(ITaskGroup group, string? child, Exception exception)
    {
    }

    /// <summary>
    /// Whether the observer wants to hear of children that start and end. If nobody does, the group asks for the time less often, and less
    /// exactly.
    /// </summary>
    internal virtual bool HearsOfChildren => true;

    /// <summary>A child failed whose failure is the business of whoever started it, and fails nobody else.</summary>
    internal virtual void OptionalChildFailed(ITaskGroup group, string name, TimeSpan elapsed, Exception failure) =>
        ChildCompleted(group, name, ChildOutcome.Failed, elapsed, failure);

    /// <summary>
    /// The body of a nested group failed and canceled nobody by it: whoever awaits the group learns of it, but nobody need do so.
    /// </summary>
    internal virtual void NestedBodyFailed(ITaskGroup group, Exception failure) => ExceptionUnseen(group, null, failure);

    /// <summary>A child ended without its delegate ever being invoked: the group was canceled while it waited.</summary>
    internal virtual void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited)
    {
    }
}
