namespace TaskGroups;

// Cancel and stop: one walk over the tree, iterative, that marks every group at once and tells its children on other threads (R22).
public sealed partial class TaskGroup
{
    /// <summary>Cancels the group for a reason of the host's.</summary>
    internal void Cancel(CancellationReason reason) => End(reason);

    private bool End(CancellationReason reason, string? child = null, Exception? cause = null)
    {
        if (!TryEnd(reason))
        {
            return false;
        }

        GetOrCreateContingent().CallerToken = CancellationToken;
        EndTree(child, cause);
        return true;
    }

    private void EndWithCaller(CancellationToken token)
    {
        if (TryEnd(CancellationReason.CallerCanceled))
        {
            GetOrCreateContingent().CallerToken = token; // read at the join, which the hold taken by TryEnd keeps away until then
            EndTree(null, null);
        }
    }

    private void EndWithParent(TaskGroup parent)
    {
        if (TryEndWithParent(parent))
        {
            EndTree(null, null);
        }
    }

    private bool TryEndWithParent(TaskGroup parent)
    {
        // The parent counts as the caller; only the end of the application is the same reason on every level.
        CancellationReason reason = parent.CancellationReason == CancellationReason.HostStopping
            ? CancellationReason.HostStopping
            : CancellationReason.CallerCanceled;
        if (!TryEnd(reason))
        {
            return false;
        }

        GetOrCreateContingent().CallerToken = parent.CancellationToken;
        GetOrCreateContingent().IsEndedByParent = true;
        return true;
    }

    private bool TryEnd(CancellationReason reason)
    {
        _opening?.Close(); // before the state says so: a child that is started later finds it out
        GetOrCreateContingent(); // for the same reason: see HasBeenEnded
        return _state.TryEnd(reason);
    }

    private void EndTree(string? child, Exception? cause)
    {
        var toTell = new Stack<TaskGroup>();
        toTell.Push(this);
        while (toTell.TryPop(out TaskGroup? group))
        {
            group.TellCancellation(group == this ? child : null, group == this ? cause : null);
            foreach (TaskGroup nested in group.Registry!.GetNested())
            {
                if (nested.TryEndWithParent(group))
                {
                    toTell.Push(nested);
                }
            }

            group.Leave(); // the hold of TryEnd
        }
    }

    private void TellCancellation(string? child, Exception? cause)
    {
        GetOrCreateContingent().EndedAt = Settings.Clock.Now;
        if (CancellationReason == CancellationReason.TimedOut)
        {
            GetOrCreateContingent().Timeout = SnapshotBuilder.DescribeTimeout(this);
        }

        (bool isFirst, CancellationTokenSource? stopping) = GetOrCreateContingent().Stop();
        if (isFirst)
        {
            Fire(stopping);
        }

        Fire(_state);
        DropWaiting();
        Settings.Observers?.GroupCanceled(this, CancellationReason, child, cause);
        if (Settings.Observers is not null && Settings.StragglerAfter is { } after)
        {
            WatchStragglers(Settings.Observers, after);
        }
    }

    private void WatchStragglers(ObserverList observers, TimeSpan after)
    {
        try
        {
            GetOrCreateContingent().StragglerTimer = Settings.Clock.Provider.CreateTimer(
                static group => ((TaskGroup)group!).ReportStragglers(), this, after, Timeout.InfiniteTimeSpan);
        }
        catch (Exception exception)
        {
            // a time provider of the user's that gives no timers: the cancellation goes on
            observers.FailureReported(this, exception, FailureKind.Callback);
        }
    }

    private void StopTree()
    {
        var toTell = new Stack<TaskGroup>();
        toTell.Push(this);
        while (toTell.TryPop(out TaskGroup? group))
        {
            if (!group._state.TryEnterToTell())
            {
                continue;
            }

            (bool isFirst, CancellationTokenSource? stopping) = group.GetOrCreateContingent().Stop();
            if (isFirst)
            {
                group.Fire(stopping);
                foreach (TaskGroup nested in group.Registry!.GetNested())
                {
                    toTell.Push(nested);
                }
            }

            group.Leave();
        }
    }

    /// <summary>
    /// Sets a signal at once and runs what is registered on it on the pool. Those callbacks are user code that the group caused, so it
    /// waits for
    /// them; what they throw goes to the observers and stops neither the other callbacks nor the process (R14, R15).
    /// </summary>
    private void Fire(CancellationTokenSource? source)
    {
        Task telling = source?.CancelAsync() ?? Task.CompletedTask;
        if (telling.IsCompleted)
        {
            ReportCallbacks(telling);
            return;
        }

        _state.EnterAgain();
        telling.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() =>
        {
            ReportCallbacks(telling);
            Leave();
        });
    }

    /// <summary>Sets a signal that belongs to one child, unless the group has completed, and with it the child.</summary>
    internal void FireLate(CancellationTokenSource source)
    {
        if (_state.TryEnterToTell())
        {
            Fire(source);
            Leave();
        }
    }

    private void ReportCallbacks(Task telling)
    {
        if (telling.Exception is { } thrown)
        {
            foreach (Exception exception in thrown.Flatten().InnerExceptions)
            {
                Settings.Observers?.FailureReported(this, exception, FailureKind.Callback);
            }
        }
    }

    private void DropWaiting()
    {
        foreach (IQueuedChild child in Limiter?.DrainQueue() ?? [])
        {
            child.Drop(hasSlot: false);
        }
    }

    // For a group with observers only. With a hold of its own: nobody hears of a straggler after the group has completed.
    private void ReportStragglers()
    {
        if (!_state.TryEnterToTell())
        {
            return;
        }

        TimeSpan since = Settings.Clock.Since(GetOrCreateContingent().EndedAt);
        foreach (RosterLine child in Registry!.CopyEntries())
        {
            if (child.HasBegun)
            {
                Settings.Observers!.ChildStraggling(this, child.Name, since);
            }
        }

        Leave();
    }
}
