namespace TaskGroups;

/// <summary>
/// Follows one group and its children for a host that measures and traces them. Made when the group opens, if anything listens then: a
/// group that is not followed pays one check a child, and no bytes.
/// </summary>
/// <remarks>
/// Methods are called on the thread where the event happened, outside of locks, and several at a time. What one throws, as the callback of
/// a listener may, goes to the observers and harms nothing else. Only groups that track their children and have observers are followed.
/// </remarks>
internal abstract class GroupInstrumentation
{
    /// <summary>The body is about to be invoked. What this sets in the execution context is the body's alone.</summary>
    public void BodyStarting(IObservedGroup group) => Try(group, 0, static (self, _) => self.OnBodyStarting());

    /// <summary>A child is about to be invoked. What this sets in the execution context is the child's alone.</summary>
    public void ChildStarting(IObservedGroup group, long id, string name) =>
        Try(group, (id, name), static (self, it) => self.OnChildStarting(it.id, it.name));

    /// <summary>The group has been canceled, and no token has fired yet: what runs now ends because of that.</summary>
    public void Canceling(IObservedGroup group, string? child, Exception? cause) =>
        Try(
            group,
            (reason: group.CancellationReason, child, cause),
            static (self, it) => self.OnCanceling(it.reason, it.child, it.cause));

    /// <summary>A child that was invoked has ended, and nothing has been told of that. What it causes comes before the next call.</summary>
    public void ChildEnding(IObservedGroup group, long id) => Try(group, id, static (self, id) => self.OnChildEnding(id));

    /// <summary>A child that was invoked has ended.</summary>
    public void ChildEnded(IObservedGroup group, ChildEntry child, ChildOutcome outcome, TimeSpan elapsed, Exception? failure) =>
        Try(
            group,
            (child, outcome, elapsed, failure),
            static (self, it) => self.OnChildEnded(it.child, it.outcome, it.elapsed, it.failure));

    /// <summary>A child that was accepted was never invoked, because the group was canceled first.</summary>
    public void ChildNeverStarted(IObservedGroup group, ChildEntry child, TimeSpan waited) =>
        Try(group, (child, waited), static (self, it) => self.OnChildNeverStarted(it.child, it.waited));

    /// <summary>A child was not accepted: the group is ending, or there is no room.</summary>
    public void ChildRefused(IObservedGroup group) => Try(group, 0, static (self, _) => self.OnChildRefused());

    protected abstract void OnBodyStarting();

    protected abstract void OnChildStarting(long id, string name);

    protected abstract void OnCanceling(CancellationReason reason, string? child, Exception? cause);

    protected abstract void OnChildEnding(long id);

    protected abstract void OnChildEnded(ChildEntry child, ChildOutcome outcome, TimeSpan elapsed, Exception? failure);

    protected abstract void OnChildNeverStarted(ChildEntry child, TimeSpan waited);

    protected abstract void OnChildRefused();

    private void Try<TEvent>(IObservedGroup group, TEvent what, Action<GroupInstrumentation, TEvent> tell)
    {
        try
        {
            tell(this, what);
        }
        catch (Exception exception)
        {
            group.Settings.Observers?.FailureReported(group, exception, FailureKind.Observer);
        }
    }
}
