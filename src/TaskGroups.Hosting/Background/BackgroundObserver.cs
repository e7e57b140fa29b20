using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>
/// Logs the failures of background work when they happen, since nobody need await it, stops the host if that was asked for (R36), and notes
/// for the
/// drain who never got a turn.
/// </summary>
internal sealed class BackgroundObserver(
    ApplicationGroups application, BackgroundFailureBehavior behavior, ILogger logger,
    IHostApplicationLifetime? lifetime) : TaskGroupObserver
{
    private readonly ConcurrentQueue<AbandonedChild> _neverStarted = new();
    private readonly ConditionalWeakTable<Exception, object?> _ofNestedGroups = [];
    // the first failure of each, which is logged with its duration
    private readonly ConditionalWeakTable<Exception, object?> _ofChildren = [];
    private int _canceledCount;
    private volatile bool _isDrained;

    /// <summary>The background group; what is nested in it is heard of as well.</summary>
    public TaskGroup? Group { get; set; }

    /// <summary>The children that ended canceled so far.</summary>
    public int CanceledCount => Volatile.Read(ref _canceledCount);

    /// <summary>The children whom shutdown reached before their turn, so far.</summary>
    public IReadOnlyCollection<AbandonedChild> NeverStarted => _neverStarted;

    /// <summary>From now on, those who still run are abandoned: they have been reported, and their services are about to go.</summary>
    public void MarkDrained() => _isDrained = true;

    public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception)
    {
        if (group != Group)
        {
            // A child of a nested group: its failure comes out where the nested group is awaited.
            return;
        }

        if (outcome == ChildOutcome.Canceled)
        {
            Interlocked.Increment(ref _canceledCount);
        }
        else if (outcome == ChildOutcome.Failed)
        {
            _ofChildren.TryAdd(exception!, null);
            if (!_ofNestedGroups.TryGetValue(exception!, out _))
            {
                // Unless it awaited a nested group whose failure has been logged: one failure, one line.
                Fail(group, name, elapsed, exception!);
            }
        }
    }

    // Deeper groups fail whoever awaits them, and that may be nobody. A Debug line as in requests, since mostly it is somebody.
    public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
    {
        if (reason == CancellationReason.ChildFailed && group is TaskGroup nested && nested.Parent != Group)
        {
            logger.GroupFailed(nested.Name, child ?? "its body", cause);
        }
    }

    // A group nested in the background group itself has no child above it that fails with it: it counts as one, whether or not somebody
    // awaits
    // it. The group of a child's scope has that child.
    public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed)
    {
        if (group is not TaskGroup { Parent: { } parent } nested || FailureOf(nested) is not { } failure)
        {
            return;
        }

        if (parent != Group)
        {
            if (nested.CancellationReason != CancellationReason.ChildFailed)
            {
                // It collected failures, or ran out of time.
                logger.NestedGroupFailed(nested.Name, elapsed.TotalMilliseconds, failure);
            }
        }
        else if (nested.Origin != application.ScopeOrigin)
        {
            _ofNestedGroups.TryAdd(failure, null);
            Fail(parent, nested.Name, elapsed, failure);
        }
    }

    // It fails nobody, so it does not stop the host either.
    internal override void OptionalChildFailed(ITaskGroup group, string name, TimeSpan elapsed, Exception failure)
    {
        if (group == Group)
        {
            _ofChildren.TryAdd(failure, null);
            logger.BackgroundChildFailed(group.Name, name, elapsed.TotalMilliseconds, failure);
        }
    }

    // GroupCompleted tells of it.
    internal override void NestedBodyFailed(ITaskGroup group, Exception failure)
    {
    }

    internal override void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited)
    {
        // Other reasons are somebody's decision; shutdown's is what the drain reports.
        if (group.CancellationReason == CancellationReason.HostStopping)
        {
            _neverStarted.Enqueue(new AbandonedChild(group.Name, name, Started: false, waited));
        }
    }

    public override void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation)
    {
        if (!_isDrained)
        {
            logger.ChildStraggles(group.Name, name, sinceCancellation.TotalMilliseconds);
        }
    }

    public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception)
    {
        // Of a child of the background group itself the first has been logged. Its task may hold more.
        if (child is null || group != Group || !_ofChildren.TryGetValue(exception, out _))
        {
            logger.ExceptionUnseen(group.Name, child, exception);
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
        if (behavior == BackgroundFailureBehavior.StopHost && lifetime is not { ApplicationStopping.IsCancellationRequested: true })
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

    private static Exception? FailureOf(TaskGroup completed) =>
        completed.ExtrasOrNone is not { } extras ? null
        : extras.Failures is [var first, ..] ? first
        : completed is { CancellationReason: CancellationReason.TimedOut, IsCutShort: true } ? extras.Timeout
        : null;
}
