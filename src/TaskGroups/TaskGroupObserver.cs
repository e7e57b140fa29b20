namespace TaskGroups;

/// <summary>Receives the events of a group and of the groups nested in it.</summary>
/// <remarks>
/// <para>
/// Override what you need; nothing need be overridden. Methods are called on the thread where the event happened, outside of locks, and
/// several at a time: an observer must be thread-safe, and quick, since the group waits for it.
/// </para>
/// <para>
/// An exception that a method throws affects neither the group nor other observers. It goes to <see cref="FailureReported"/> of the same
/// observer, as <see cref="FailureKind.Observer"/>, and is dropped only if that call throws as well.
/// </para>
/// </remarks>
public abstract class TaskGroupObserver
{
    // The exception that this thread reports now, if an await throws it as well.
    [ThreadStatic]
    private static Exception? _thrownByAwait;

    /// <summary>Whether the observer receives <see cref="ChildStarted"/> and <see cref="ChildCompleted"/>.</summary>
    /// <value>The default is <see langword="true"/>. Read when a group with this observer opens.</value>
    /// <remarks>
    /// If no observer of a group receives them, the group reads the time less often, and less exactly. Failures of children, and those that
    /// never started, are reported in any case.
    /// </remarks>
    public virtual bool WantsChildEvents => true;

    /// <summary>A group was opened. Its body has not been invoked yet.</summary>
    /// <param name="group">The group.</param>
    /// <remarks>The body sees what this method sets in an <see cref="AsyncLocal{T}"/>; the code that opened the group does not.</remarks>
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

    /// <summary>A child's delegate is about to be invoked.</summary>
    /// <param name="group">The child's group.</param>
    /// <param name="name">The child's name.</param>
    /// <remarks>The child alone sees what this method sets in an <see cref="AsyncLocal{T}"/>.</remarks>
    public virtual void ChildStarted(ITaskGroup group, string name)
    {
    }

    /// <summary>A child that had been started has ended.</summary>
    /// <param name="group">The child's group.</param>
    /// <param name="name">The child's name.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="elapsed">The time since its delegate was invoked.</param>
    /// <param name="exception">
    /// The first failure; <see langword="null"/> unless <paramref name="outcome"/> is <see cref="ChildOutcome.Failed"/>.
    /// <see cref="FailureReported"/> follows.
    /// </param>
    public virtual void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception)
    {
    }

    /// <summary>A child's delegate was never invoked, because the group was canceled first.</summary>
    /// <param name="group">The child's group.</param>
    /// <param name="name">The child's name.</param>
    /// <param name="waited">The time since the child was started.</param>
    /// <remarks>For children that <c>Run</c> accepted, and that waited for a slot or for a thread of the pool.</remarks>
    public virtual void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited)
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
    /// Something failed. Called once for each failure of a group, whether or not an <see langword="await"/> throws it as well.
    /// </summary>
    /// <param name="group">The group in which it failed.</param>
    /// <param name="child">The child that failed; <see langword="null"/> if it is not the failure of a child.</param>
    /// <param name="exception">The exception. A child with several failures is reported once for each.</param>
    /// <param name="kind">What failed.</param>
    /// <param name="elapsed">
    /// The time since the child's delegate was invoked; if <paramref name="child"/> is <see langword="null"/>, since the group was opened.
    /// </param>
    /// <remarks>
    /// <para>
    /// A failure that leaves a nested group is reported at each level that it passes: of a child of the nested group, then of that group
    /// (<see cref="FailureKind.Nested"/>, before <see cref="GroupCompleted"/>), then of the outer child that awaits it.
    /// </para>
    /// <para>The failure of a contender of <c>RaceAsync</c> is reported once the race is decided.</para>
    /// <para>
    /// The default calls <see cref="ExceptionUnseen"/> if no <see langword="await"/> of the group, or of the start of the child, throws
    /// the exception.
    /// </para>
    /// </remarks>
    public virtual void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed)
    {
        if (!IsThrownByAwait(exception))
        {
            ExceptionUnseen(group, child, exception);
        }
    }

    /// <summary>
    /// An exception happened that the group's task will not throw when awaited: a second failure (the task lists it), a failure under
    /// <see cref="FailurePolicy.Supervise"/> or of an optional child, a callback on the group's token that threw, a disposal that failed.
    /// And one that need not be awaited: the failure of a nested group's body that canceled no group.
    /// </summary>
    /// <param name="group">The group in which it happened.</param>
    /// <param name="child">
    /// The child that failed, which <see cref="ChildCompleted"/> reports as well; <see langword="null"/> if it is not the failure of a
    /// child.
    /// </param>
    /// <param name="exception">The exception.</param>
    /// <remarks>
    /// Called by <see cref="FailureReported"/>: an observer that overrides that method receives this call only from its base.
    /// </remarks>
    public virtual void ExceptionUnseen(ITaskGroup group, string? child, Exception exception)
    {
    }

    /// <summary>
    /// The body of a group is about to be invoked in the empty context: what <see cref="GroupOpened"/> set in the execution context is not
    /// there.
    /// </summary>
    internal virtual void BodyIsolated(ITaskGroup group)
    {
    }

    /// <summary>Whether an await of the group, or of a start, throws the exception that is being reported on this thread.</summary>
    internal static bool IsThrownByAwait(Exception exception) => exception == _thrownByAwait;

    /// <summary>A child was not taken: as many children run and wait as may.</summary>
    internal virtual void ChildRefused(ITaskGroup group, string name)
    {
    }

    /// <summary>A group has ended well though a group nested in it failed: the failure was handled, or no code awaited it (R48).</summary>
    internal virtual void EndedWellDespite(ITaskGroup group, string nested, Exception failure)
    {
    }

    internal void Report(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed, bool isThrownByAwait)
    {
        Exception? outer = _thrownByAwait;
        _thrownByAwait = isThrownByAwait ? exception : null;
        try
        {
            FailureReported(group, child, exception, kind, elapsed);
        }
        finally
        {
            _thrownByAwait = outer;
        }
    }
}
