using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>Starts children in the latest generation of one background group, or refuses them once its drain has begun (R35).</summary>
/// <param name="generations">The generations.</param>
/// <param name="drain">The drain, which closes the gate when it begins.</param>
/// <param name="enqueued">The work that waits for room. Children that are started directly never overtake it.</param>
/// <param name="limiter">The limits of the group; <see langword="null"/> if it has none.</param>
/// <param name="telemetry">Where refusals are counted.</param>
/// <param name="logger">Where refusals are reported.</param>
internal sealed class BackgroundAdmission(
    Generations generations,
    BackgroundDrain drain,
    EnqueuedWork enqueued,
    ConcurrencyLimiter? limiter,
    TelemetryObserver telemetry,
    ILogger logger)
{
    private string Name => generations.Node.Name;

    /// <summary>Starts a child.</summary>
    /// <exception cref="InvalidOperationException">The drain has begun.</exception>
    /// <exception cref="TaskGroupFullException">Other work waits for room.</exception>
    public TTask Start<TState, TTask>(string? name, TState state, Func<TaskGroup, TState, string?, TTask> start)
        where TTask : Task
    {
        if (drain.HasBegun)
        {
            throw RefusedByDrain(name);
        }

        if (!enqueued.IsEmpty)
        {
            string child = OnRefusedByFullGroup(name);
            throw new TaskGroupFullException(
                $"The background group '{Name}' is full, so '{child}' was not started: other work waits for room in "
                    + $"{nameof(BackgroundTaskGroupExtensions.EnqueueAsync)}.");
        }

        TaskGroup group = generations.Hold();
        try
        {
            return start(group, state, name);
        }
        finally
        {
            group.Release();
        }
    }

    /// <summary>Starts a child if there is room for it now.</summary>
    public bool TryStart(Func<CancellationToken, Task> work, string? name)
    {
        if (drain.HasBegun)
        {
            OnRefusedByDrain(name);
            return false;
        }

        if (!enqueued.IsEmpty)
        {
            OnRefusedByFullGroup(name);
            return false;
        }

        TaskGroup group = generations.Hold();
        try
        {
            return group.TryRun(work, name);
        }
        finally
        {
            group.Release();
        }
    }

    /// <summary>Starts a child as soon as there is room for it.</summary>
    /// <exception cref="InvalidOperationException">The drain has begun, or begins before there is room.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> has fired.</exception>
    public ValueTask EnqueueAsync(Func<CancellationToken, Task> work, string? name, CancellationToken cancellationToken)
    {
        if (drain.HasBegun)
        {
            throw RefusedByDrain(name);
        }

        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled(cancellationToken)
            : enqueued.AddAsync(() => TryStartEnqueued(work, name), () => RefusedByDrain(name), cancellationToken);
    }

    /// <summary>Starts a child that runs a job, also while the drain runs. One that the hard phase refuses is reported.</summary>
    /// <exception cref="InvalidOperationException">The drain is over.</exception>
    public Task StartJob(Func<TaskGroup, CancellationToken, Task> work, IResumedWork state, string name)
    {
        TaskGroup group = generations.Hold();
        try
        {
            var job = new JobWork(work, group, state);
            Task child = group.Run(static (it, ct) => it.RunAsync(ct), job, name);
            if (child.IsCanceled && !job.WasTaken && group.CancellationReason == CancellationReason.HostStopping)
            {
                // A group that is ending refuses without a word to its observers.
                drain.Report(new UnfinishedChild(
                    Name, name, UnfinishedReason.NeverStarted, TimeSpan.Zero, state.State, state.WillBeResumed));
            }

            return child;
        }
        finally
        {
            group.Release();
        }
    }

    private bool TryStartEnqueued(Func<CancellationToken, Task> work, string? name)
    {
        while (!drain.HasBegun)
        {
            if (limiter is { MaxWaiting: { } most } && limiter.Counts is var (running, waiting) && running == limiter.Size
                && waiting >= most)
            {
                return false;
            }

            TaskGroup group = generations.Hold();
            try
            {
                if (group.TryRun(work, name))
                {
                    return true;
                }

                if (!group.IsEnding)
                {
                    return false;
                }
            }
            finally
            {
                group.Release();
            }

            // The group was canceled at this moment: the next generation takes the work.
        }

        return false;
    }

    private InvalidOperationException RefusedByDrain(string? name)
    {
        string child = OnRefusedByDrain(name);
        return new InvalidOperationException(
            $"The background group '{Name}' is draining: the application shuts down, and the child '{child}' was not started. A running "
                + "child that needs more children opens a nested group with RunGroupAsync; work that must not be lost is saved before it "
                + "is handed over.");
    }

    private string OnRefusedByDrain(string? name)
    {
        string child = DisplayName.ForChild(name);
        telemetry.OnRefused(generations.Node);
        logger.Refused(Name, child);
        return child;
    }

    private string OnRefusedByFullGroup(string? name)
    {
        string child = DisplayName.ForChild(name);
        telemetry.OnRefused(generations.Node);
        logger.RefusedByFullGroup(Name, child);
        return child;
    }
}
