namespace TaskGroups;

/// <summary>The observers of a group: its own first, then those of the outer groups. What one of them throws harms nobody (R14).</summary>
internal sealed class ObserverList
{
    private readonly TaskGroupObserver[] _observers;

    private ObserverList(TaskGroupObserver[] observers)
    {
        _observers = observers;
        WantsChildEvents = Array.Exists(observers, static observer => observer.HearsOfChildren);
    }

    /// <summary>Whether somebody wants to hear of children that start and end.</summary>
    public bool WantsChildEvents { get; }

    public static ObserverList? Combine(TaskGroupObserver? own, ObserverList? outer)
    {
        if (own is null || (outer is not null && Array.IndexOf(outer._observers, own) >= 0))
        {
            return outer;
        }

        return new ObserverList(outer is null ? [own] : [own, .. outer._observers]);
    }

    public void GroupOpened(ITaskGroup group) =>
        Notify(group, 0, static (observer, group, _) => observer.GroupOpened(group));

    public void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause) =>
        Notify(group, (reason, child, cause), static (observer, group, it) => observer.GroupCanceled(group, it.reason, it.child, it.cause));

    public void GroupCompleted(ITaskGroup group, TimeSpan elapsed) =>
        Notify(group, elapsed, static (observer, group, elapsed) => observer.GroupCompleted(group, elapsed));

    public void ChildStarted(ITaskGroup group, string name) =>
        Notify(group, name, static (observer, group, name) => observer.ChildStarted(group, name));

    public void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited) =>
        Notify(group, (name, waited), static (observer, group, it) => observer.ChildNeverStarted(group, it.name, it.waited));

    public void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception) =>
        Notify(
            group,
            (name, outcome, elapsed, exception),
            static (observer, group, it) => observer.ChildCompleted(group, it.name, it.outcome, it.elapsed, it.exception));

    public void OptionalChildFailed(ITaskGroup group, string name, TimeSpan elapsed, Exception failure) =>
        Notify(
            group,
            (name, elapsed, failure),
            static (observer, group, it) => observer.OptionalChildFailed(group, it.name, it.elapsed, it.failure));

    public void NestedBodyFailed(ITaskGroup group, Exception failure) =>
        Notify(group, failure, static (observer, group, failure) => observer.NestedBodyFailed(group, failure));

    public void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation) =>
        Notify(
            group,
            (name, sinceCancellation),
            static (observer, group, it) => observer.ChildStraggling(group, it.name, it.sinceCancellation));

    public void ExceptionUnseen(ITaskGroup group, string? child, Exception exception) =>
        Notify(group, (child, exception), static (observer, group, it) => observer.ExceptionUnseen(group, it.child, it.exception));

    private void Notify<TEvent>(ITaskGroup group, TEvent what, Action<TaskGroupObserver, ITaskGroup, TEvent> tell)
    {
        foreach (TaskGroupObserver observer in _observers)
        {
            try
            {
                tell(observer, group, what);
            }
            catch (Exception exception)
            {
                Report(observer, group, exception);
            }
        }
    }

    private static void Report(TaskGroupObserver observer, ITaskGroup group, Exception exception)
    {
        try
        {
            observer.ExceptionUnseen(group, null, exception);
        }
        catch (Exception)
        {
            // The observer cannot even hear that it failed: there is nobody left to tell, and no work may suffer from it.
        }
    }
}
