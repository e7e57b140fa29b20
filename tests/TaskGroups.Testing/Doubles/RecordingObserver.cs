namespace TaskGroups.Testing;

/// <summary>Keeps every call as an <see cref="ObserverEvent"/>, in the order of the calls. Thread-safe.</summary>
public sealed class RecordingObserver : TaskGroupObserver
{
    private readonly Lock _lock = new();
    private readonly List<ObserverEvent> _events = [];
    private readonly List<(Func<ObserverEvent, bool> IsAwaited, Gate Gate)> _awaited = [];

    public IReadOnlyList<ObserverEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    public IReadOnlyList<TEvent> Of<TEvent>()
        where TEvent : ObserverEvent =>
        [.. Events.OfType<TEvent>()];

    /// <summary>Completes when a matching event has been recorded, at once if it is there already.</summary>
    public Task WaitForAsync<TEvent>(Func<TEvent, bool>? matches = null)
        where TEvent : ObserverEvent
    {
        bool IsAwaited(ObserverEvent each) => each is TEvent candidate && (matches is null || matches(candidate));

        lock (_lock)
        {
            if (_events.Any(IsAwaited))
            {
                return Task.CompletedTask;
            }

            Gate gate = new();
            _awaited.Add((IsAwaited, gate));
            return gate.WaitAsync();
        }
    }

    public override void GroupOpened(ITaskGroup group) => Add(new ObserverEvent.GroupOpened(group));

    public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause) =>
        Add(new ObserverEvent.GroupCanceled(group, reason, child, cause, group.CancellationToken.IsCancellationRequested));

    public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed) => Add(new ObserverEvent.GroupCompleted(group, elapsed));

    public override void ChildStarted(ITaskGroup group, string name) => Add(new ObserverEvent.ChildStarted(group, name));

    public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception) =>
        Add(new ObserverEvent.ChildCompleted(group, name, outcome, elapsed, exception));

    public override void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited) =>
        Add(new ObserverEvent.ChildNeverStarted(group, name, waited));

    public override void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed)
    {
        Add(new ObserverEvent.FailureReported(group, child, exception, kind, elapsed));
        base.FailureReported(group, child, exception, kind, elapsed);
    }

    public override void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation) =>
        Add(new ObserverEvent.ChildStraggling(group, name, sinceCancellation));

    public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception) =>
        Add(new ObserverEvent.ExceptionUnseen(group, child, exception));

    private void Add(ObserverEvent happened)
    {
        List<Gate> gates;
        lock (_lock)
        {
            _events.Add(happened);
            gates = [.. _awaited.Where(each => each.IsAwaited(happened)).Select(each => each.Gate)];
        }

        gates.ForEach(gate => gate.Open());
    }
}
