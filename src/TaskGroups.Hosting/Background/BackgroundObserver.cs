using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>
/// Logs the failures of background work when they happen, since no code need await it, stops the host if that was asked for (R36), and
/// notes for the drain what it cut short.
/// </summary>
internal sealed class BackgroundObserver(
    BackgroundFailureBehavior behavior, ILogger logger, NestedFailureLog nestedFailures, IHostApplicationLifetime? lifetime)
    : TaskGroupObserver
{
    private readonly ConcurrentQueue<UnfinishedChild> _unfinished = new();
    private readonly ConditionalWeakTable<Exception, object?> _ofNestedGroups = [];
    private volatile bool _isDrained;

    public override bool WantsChildEvents => false;

    /// <summary>The groups of the children. The observer receives the events of groups nested in them as well.</summary>
    public Generations? Generations { get; set; }

    /// <summary>The children that ended because the drain canceled them, and those that it kept from starting, so far.</summary>
    public IReadOnlyCollection<UnfinishedChild> Unfinished => _unfinished;

    // A host whose StopAsync is called tells the groups before it says ApplicationStopping.
    private bool IsHostStopping =>
        lifetime is { ApplicationStopping.IsCancellationRequested: true } || Generations!.Node.Parent is { IsStopped: true };

    /// <summary>Takes note of work that the drain keeps from starting, and that no child stands for yet.</summary>
    public void Add(UnfinishedChild child) => _unfinished.Enqueue(child);

    /// <summary>From now on, children that still run are abandoned: they have been reported, and their services are about to go.</summary>
    public void MarkDrained() => _isDrained = true;

    /// <summary>Takes note of a child of the background group itself that ended canceled, or never started.</summary>
    public void OnChildCutShort(IObservedGroup group, ChildEntry child, bool hasBegun)
    {
        if (!hasBegun)
        {
            (child.State as JobWork)?.NeverStarts();
        }

        Note(
            Generations!.Node,
            child.Name,
            hasBegun ? UnfinishedReason.Canceled : UnfinishedReason.NeverStarted,
            group.Settings.Clock.Since(child.Since),
            child.State is IHiddenState hidden ? hidden.State : child.State,
            child.State is IResumedWork { WillBeResumed: true });
    }

    // A child that never started is lost wherever it waited.
    public override void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited)
    {
        if (!IsOwn(group))
        {
            Note(group, name, UnfinishedReason.NeverStarted, waited, null);
        }
    }

    internal override void EndedWellDespite(ITaskGroup group, string nested, Exception failure) =>
        nestedFailures.Write(logger, group.Name, nested, failure);

    internal override void ChildRefused(ITaskGroup group, string name)
    {
        if (IsOwn(group))
        {
            logger.RefusedByFullGroup(group.Name, name);
        }
    }

    // A group nested in the background group itself counts as a child.
    public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed)
    {
        if (group is TaskGroup { IsCutShort: true, Contingent.Failures: null } nested
            && IsOwn(nested.Parent) && !IsOfChild(nested))
        {
            Note(nested.Parent!, nested.Name, UnfinishedReason.Canceled, elapsed, null);
        }
    }

    // The failure of a deeper group reaches the code that awaits it, if any does. Mostly some does, so the line is Debug, as in requests.
    public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
    {
        if (reason == CancellationReason.ChildFailed && group is TaskGroup nested && !IsOwn(nested.Parent))
        {
            logger.GroupFailed(nested.Name, child ?? "its body", cause);
        }
    }

    public override void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed)
    {
        switch (kind)
        {
            // Unless the child awaited a nested group whose failure has been logged: one failure, one line.
            case FailureKind.Child when IsOwn(group):
                if (!_ofNestedGroups.TryGetValue(exception, out _))
                {
                    Fail(group, child!, elapsed, exception);
                }

                break;

            // It fails no other child, so it does not stop the host either.
            case FailureKind.Optional when !IsThrownByAwait(exception):
                logger.OptionalChildFailed(group.Name, child!, elapsed.TotalMilliseconds, exception);
                break;
            case FailureKind.Optional when IsOwn(group):
                logger.BackgroundChildFailed(group.Name, child!, elapsed.TotalMilliseconds, exception);
                break;
            case FailureKind.Nested:
                NestedGroupFailed((TaskGroup)group, exception, elapsed);
                break;
            default:
                base.FailureReported(group, child, exception, kind, elapsed);
                break;
        }
    }

    public override void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation)
    {
        if (!_isDrained)
        {
            logger.ChildStraggles(group.Name, name, sinceCancellation.TotalMilliseconds);
        }
    }

    public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception) =>
        logger.ExceptionUnseen(group.Name, child, exception);

    // A group nested in the background group itself has no child above it that fails with it: it counts as one, whether or not some code
    // awaits it. The group of a child's scope has that child.
    private void NestedGroupFailed(TaskGroup nested, Exception failure, TimeSpan elapsed)
    {
        if (!IsOwn(nested.Parent))
        {
            if (nested.CancellationReason != CancellationReason.ChildFailed)
            {
                // It collected failures, or ran out of time.
                logger.NestedGroupFailed(nested.Name, elapsed.TotalMilliseconds, failure);
            }
        }
        else if (!IsOfChild(nested))
        {
            _ofNestedGroups.TryAdd(failure, null);
            Fail(nested.Parent!, nested.Name, elapsed, failure);
        }
    }

    // Whether a group is that of a scope or of a job, which a child opens and answers for.
    private static bool IsOfChild(TaskGroup group) => group.HostContext.Kind is GroupKind.Scope or GroupKind.Job;

    // Whether a group holds children of the background group itself.
    private bool IsOwn(ITaskGroup? group) => Generations?.IsGeneration(group) == true;

    // Other cancellations are decisions of the application; shutdown's is what the drain reports.
    private void Note(
        ITaskGroup group, string child, UnfinishedReason reason, TimeSpan elapsed, object? state, bool willBeResumed = false)
    {
        if (group.CancellationReason == CancellationReason.HostStopping)
        {
            _unfinished.Enqueue(new UnfinishedChild(group.Name, child, reason, elapsed, state, willBeResumed));
        }
    }

    private void Fail(ITaskGroup group, string child, TimeSpan elapsed, Exception exception)
    {
        if (_isDrained && exception is ObjectDisposedException)
        {
            // The abandoned child met the disposed container. That it still ran has been reported; this is the consequence.
            logger.AbandonedChildFailed(group.Name, child, exception);
            return;
        }

        logger.BackgroundChildFailed(group.Name, child, elapsed.TotalMilliseconds, exception);
        if (behavior == BackgroundFailureBehavior.StopHost && !IsHostStopping)
        {
            StopHost(group, child);
        }
    }

    private void StopHost(ITaskGroup group, string child)
    {
        if (Environment.ExitCode == 0)
        {
            Environment.ExitCode = 1;
        }

        logger.StopsHost(group.Name, child);
        // Its callbacks are user code and may take their time; the failed child need not wait for them.
        ThreadPool.UnsafeQueueUserWorkItem(static host => host?.StopApplication(), lifetime, preferLocal: false);
    }
}
