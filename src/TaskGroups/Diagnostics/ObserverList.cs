namespace TaskGroups;

/// <summary>
/// The observers of a group: its own first, then those of the outer groups. An exception of one affects neither the group nor the other
/// observers (R14).
/// </summary>
internal sealed class ObserverList
{
    private readonly TaskGroupObserver[] _observers;
    private readonly TaskGroupObserver[] _ofChildren;

    private ObserverList(TaskGroupObserver[] observers)
    {
        _observers = observers;
        _ofChildren = Array.FindAll(observers, static observer => observer.WantsChildEvents);
    }

    /// <summary>Whether an observer receives the start and the end of children.</summary>
    public bool WantsChildEvents => _ofChildren.Length > 0;

    public static ObserverList? Combine(TaskGroupObserver? own, ObserverList? outer)
    {
        if (own is null || (outer is not null && Array.IndexOf(outer._observers, own) >= 0))
        {
            return outer;
        }

        return new ObserverList(outer is null ? [own] : [own, .. outer._observers]);
    }

    public void GroupOpened(IObservedGroup group) =>
        Notify(_observers, group, 0, static (observer, group, _) => observer.GroupOpened(group));

    public void BodyIsolated(IObservedGroup group) =>
        Notify(_observers, group, 0, static (observer, group, _) => observer.BodyIsolated(group));

    public void GroupCanceled(IObservedGroup group, CancellationReason reason, string? child, Exception? cause) =>
        Notify(
            _observers,
            group,
            (reason, child, cause),
            static (observer, group, it) => observer.GroupCanceled(group, it.reason, it.child, it.cause));

    public void GroupCompleted(IObservedGroup group, TimeSpan elapsed) =>
        Notify(_observers, group, elapsed, static (observer, group, elapsed) => observer.GroupCompleted(group, elapsed));

    public void ChildStarted(IObservedGroup group, string name) =>
        Notify(_ofChildren, group, name, static (observer, group, name) => observer.ChildStarted(group, name));

    public void ChildNeverStarted(IObservedGroup group, string name, TimeSpan waited) =>
        Notify(
            _observers,
            group,
            (name, waited),
            static (observer, group, it) => observer.ChildNeverStarted(group, it.name, it.waited));

    public void ChildRefused(IObservedGroup group, string name) =>
        Notify(_observers, group, name, static (observer, group, name) => observer.ChildRefused(group, name));

    public void EndedWellDespite(IObservedGroup group, string nested, Exception failure) =>
        Notify(
            _observers,
            group,
            (nested, failure),
            static (observer, group, it) => observer.EndedWellDespite(group, it.nested, it.failure));

    public void ChildCompleted(IObservedGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception) =>
        Notify(
            _ofChildren,
            group,
            (name, outcome, elapsed, exception),
            static (observer, group, it) => observer.ChildCompleted(group, it.name, it.outcome, it.elapsed, it.exception));

    public void ChildStraggling(IObservedGroup group, string name, TimeSpan sinceCancellation) =>
        Notify(
            _observers,
            group,
            (name, sinceCancellation),
            static (observer, group, it) => observer.ChildStraggling(group, it.name, it.sinceCancellation));

    /// <summary>Reports a failure of the group itself, or of something that is no child.</summary>
    public void FailureReported(IObservedGroup group, Exception exception, FailureKind kind, bool isThrownByAwait = false) =>
        FailureReported(group, null, exception, kind, group.Elapsed, isThrownByAwait);

    public void FailureReported(
        IObservedGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed, bool isThrownByAwait) =>
        Notify(
            _observers,
            group,
            (child, exception, kind, elapsed, isThrownByAwait),
            static (observer, group, it) => observer.Report(group, it.child, it.exception, it.kind, it.elapsed, it.isThrownByAwait));

    private static void Notify<TEvent>(
        TaskGroupObserver[] observers, IObservedGroup group, TEvent what, Action<TaskGroupObserver, ITaskGroup, TEvent> notify)
    {
        foreach (TaskGroupObserver observer in observers)
        {
            try
            {
                notify(observer, group, what);
            }
            catch (Exception exception)
            {
                Report(observer, group, exception);
            }
        }
    }

    private static void Report(TaskGroupObserver observer, IObservedGroup group, Exception exception)
    {
        try
        {
            observer.Report(group, null, exception, FailureKind.Observer, group.Elapsed, isThrownByAwait: false);
        }
        catch (Exception)
        {
            // The observer throws even for its own failure: there is nothing left to report it to, and the group goes on.
        }
    }
}
