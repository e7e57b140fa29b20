namespace TaskGroups;

// What a group does when a walk of GroupTree has canceled or stopped it.
public sealed partial class TaskGroup
{
    /// <summary>Cancels the group for a reason of the host's.</summary>
    internal void Cancel(CancellationReason reason) => GroupTree.Cancel(this, reason);

    /// <summary>Makes what readers of the state rely on. Called before the state says that the group is ending.</summary>
    internal void PrepareCancellation()
    {
        _biased?.Close(); // a child that is started later reads the state
        GetOrCreateContingent(); // see HasBeenCanceled
    }

    /// <summary>Fires the signals, cancels the children that wait, notifies the observers. The caller has a hold.</summary>
    internal void OnCanceled(string? child, Exception? cause)
    {
        ContingentState contingent = GetOrCreateContingent();
        contingent.CanceledAt = Settings.Clock.Now;
        if (CancellationReason == CancellationReason.TimedOut)
        {
            contingent.Timeout = SnapshotBuilder.DescribeTimeout(this);
        }

        Settings.Instrumentation?.Canceling(this, child, cause);
        FireSignals(contingent);
        CancelWaitingChildren();
        Settings.Observers?.GroupCanceled(this, CancellationReason, child, cause);
        if (Settings.Observers is not null && Settings.StragglerAfter is { } after)
        {
            WatchStragglers(Settings.Observers, after);
        }
    }

    // For a caller of Cancel that finds the group canceled: when it returns, the token has fired.
    private void FireSignals()
    {
        if (!_state.IsCancellationRequested && IsEnding && _state.TryHold())
        {
            FireSignals(GetOrCreateContingent());
            Release();
        }
    }

    // The soft signal first: it fires at the latest together with the token. Of two threads that fire a signal, one runs its callbacks.
    private void FireSignals(ContingentState contingent)
    {
        (bool isFirst, CancellationTokenSource? stopping) = contingent.Stop();
        if (isFirst)
        {
            CancelAsyncAndHold(stopping);
        }

        CancelAsyncAndHold(_state);
    }

    /// <summary>
    /// Sets a signal at once and runs its callbacks on the pool. Those are user code that the group caused, so the group waits for them;
    /// what they throw is reported, and stops neither the other callbacks nor the process (R14, R15).
    /// </summary>
    internal void CancelAsyncAndHold(CancellationTokenSource? source)
    {
        Task callbacks = source?.CancelAsync() ?? Task.CompletedTask;
        if (callbacks.IsCompleted)
        {
            ReportCallbacks(callbacks);
            return;
        }

        _state.AddHold();
        callbacks.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() =>
        {
            ReportCallbacks(callbacks);
            Release();
        });
    }

    /// <summary>Sets a signal that belongs to one child, unless the group has completed, and with it the child.</summary>
    internal void CancelChildSource(CancellationTokenSource source)
    {
        if (_state.TryHold())
        {
            CancelAsyncAndHold(source);
            Release();
        }
    }

    private void ReportCallbacks(Task callbacks)
    {
        if (callbacks.Exception is { } thrown)
        {
            foreach (Exception exception in thrown.Flatten().InnerExceptions)
            {
                Settings.Observers?.FailureReported(this, exception, FailureKind.Callback);
            }
        }
    }

    private void CancelWaitingChildren()
    {
        foreach (ILimitedChild child in Limiter?.DrainQueue(this) ?? [])
        {
            child.CancelBeforeStart(hasSlot: false);
        }

        HostContext.OnPlaceFreed?.Invoke();
    }

    private void WatchStragglers(ObserverList observers, TimeSpan after)
    {
        try
        {
            GetOrCreateContingent().StragglerTimer = Settings.Clock.StartTimer(
                static group => ((TaskGroup)group!).ReportStragglers(), this, after);
        }
        catch (Exception exception)
        {
            // A time provider of the user's that creates no timers: the cancellation goes on.
            observers.FailureReported(this, exception, FailureKind.Callback);
        }
    }

    // With a hold of its own, so that no straggler is reported after the group has completed. For a group with observers only.
    private void ReportStragglers()
    {
        if (!_state.TryHold())
        {
            return;
        }

        TimeSpan since = Settings.Clock.Since(Contingent!.CanceledAt);
        foreach (ChildEntry child in Registry!.CopyEntries())
        {
            if (child.HasBegun)
            {
                Settings.Observers!.ChildStraggling(this, child.Name, since);
            }
        }

        Release();
    }

    /// <summary>The cancellation of work that a group refused because it is ending.</summary>
    internal OperationCanceledException CanceledException() => CanceledExceptionWith(CancellationToken);

    /// <inheritdoc cref="CanceledException()"/>
    internal OperationCanceledException CanceledExceptionWith(CancellationToken token)
    {
        (string who, Exception? failure) = SayWhoCanceled();
        return new OperationCanceledException($"The task group '{Name}' was canceled: {who}.", failure, token);
    }

    // The reason of a group that its parent canceled is the parent's.
    private (string Who, Exception? Failure) SayWhoCanceled()
    {
        TaskGroup origin = this;
        while (origin.Contingent is { IsCanceledByParent: true } && origin.Parent is { } parent)
        {
            origin = parent;
        }

        string where = origin == this ? "" : $" of the group around it, '{origin.Name}'";
        return origin.CancellationReason switch
        {
            CancellationReason.ChildFailed => (
                origin.Contingent?.CanceledByChild is { } child
                    ? $"the child '{child}'{where} failed"
                    : $"a child or the body{where} failed",
                origin.Contingent?.Failures is [var first, ..] ? first : null),
            CancellationReason.CallerCanceled => ($"the token of the caller{where} fired", null),
            CancellationReason.TimedOut => ($"the {origin.WordOfLimit}{where} ran out", null),
            CancellationReason.HostStopping => ("the application is shutting down", null),
            CancellationReason.Requested => ($"Cancel{where} was called", null),
            _ => ($"Stop{where} was called, and the body ended without a result", null),
        };
    }

    private void StartTimeout(TimeSpan timeout, bool isLimitCallers)
    {
        GetOrCreateContingent().TimeLimit = timeout;
        GetOrCreateContingent().IsLimitCallers = isLimitCallers;
        if (timeout == TimeSpan.Zero)
        {
            GroupTree.Cancel(this, CancellationReason.TimedOut); // at once: a timer would let the body begin
            return;
        }

        try
        {
            GetOrCreateContingent().TimeoutTimer = Settings.Clock.StartTimer(
                static group => GroupTree.Cancel((TaskGroup)group!, CancellationReason.TimedOut), this, timeout);
        }
        catch
        {
            // A time provider of the user's that creates no timers. The exception goes on to the opener; the group ends, or its parent
            // would wait for it for ever.
            if (_biased is not null)
            {
                _state.Merge(0);
                _biased.Exit();
            }

            _completion = new GroupCompletion();
            Release();
            throw;
        }
    }
}
