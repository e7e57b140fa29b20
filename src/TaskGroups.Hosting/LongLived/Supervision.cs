using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Polly;

namespace TaskGroups.Hosting;

/// <summary>The life of one supervised child: its work runs, ends, and is started again by a resilience pipeline.</summary>
/// <remarks>
/// <para>
/// An execution of the pipeline is a row of runs, each of which ended soon. A run of over <see cref="LongRun"/> ends the execution; what
/// ended the run is the first failure of the next execution, which decides about it.
/// </para>
/// <para>
/// The pipeline is given a token of its own. It fires when the group is canceled, and when the group is stopped between two runs; a stop
/// during a run reaches the work through the group's <see cref="ITaskGroup.StoppingToken"/> alone.
/// </para>
/// </remarks>
internal sealed class Supervision(
    TaskGroup group,
    ResiliencePipeline restart,
    Func<TaskGroup, CancellationToken, Task> work,
    string child,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>A run that lasts longer begins a fresh execution of the pipeline.</summary>
    public static readonly TimeSpan LongRun = TimeSpan.FromMinutes(1);

    /// <summary>The least time between the end of a run and the next start.</summary>
    public static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);

    private const int MaxLinesAtOnce = 3;
    private static readonly TimeSpan LineInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private CancellationTokenSource? _execution;    // the token of the execution under way
    private bool _isPausing;                        // between two runs: a stop ends the execution
    private long? _lastEnd;                         // timestamps of the clock
    private long _lastLine;
    private int _lineCount;
    private int _silentCount;                       // ends since the last line
    private Exception? _carriedOver;                // what ended a long run, for the next execution
    private ExceptionDispatchInfo? _endAfterStop;

    private bool IsStopped => group.StoppingToken.IsCancellationRequested;

    /// <summary>Runs the work until it ends for good.</summary>
    /// <param name="cancellationToken">The token of the child.</param>
    /// <returns>A task that fails with what the pipeline gives up with, or with a failure after the stop.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        do
        {
            await ExecuteAsync(cancellationToken).ConfigureAwait(false);
        }
        while (_carriedOver is not null && !IsStopped);

        _endAfterStop?.Throw();
    }

    private async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        using var execution = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_lock)
        {
            _execution = execution;
            _isPausing = _lastEnd is not null;
        }

        CancellationTokenRegistration stop = group.StoppingToken.UnsafeRegister(static self => ((Supervision)self!).OnStopped(), this);
        await using (stop.ConfigureAwait(false))
        {
            try
            {
                await restart.ExecuteAsync(
                    static (child, token) => child.Self.RunOnceAsync(child.cancellationToken, token),
                    (Self: this, cancellationToken),
                    execution.Token).ConfigureAwait(false);
            }
            catch (Exception) when (_isPausing && IsStopped && !cancellationToken.IsCancellationRequested)
            {
                // Stopped between two runs: nothing is started again. What ended the last run is in the log.
            }
        }
    }

    private async ValueTask RunOnceAsync(CancellationToken childToken, CancellationToken token)
    {
        if (_carriedOver is { } failure)
        {
            _carriedOver = null;
            ExceptionDispatchInfo.Throw(failure);
        }

        if (_lastEnd is { } lastEnd && LeastPause - time.GetElapsedTime(lastEnd) is { Ticks: > 0 } rest)
        {
            await Task.Delay(rest, time, token).ConfigureAwait(false);
        }

        lock (_lock)
        {
            token.ThrowIfCancellationRequested();
            _isPausing = false;
        }

        long begun = time.GetTimestamp();
        Exception? end = null;
        try
        {
            // A source of its own: what the work leaves registered on its token goes with the run.
            using var run = CancellationTokenSource.CreateLinkedTokenSource(token);
            await TaskGroupHostingExtensions.NotNull(work(group, run.Token)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            end = exception;
        }

        _lastEnd = time.GetTimestamp();
        TimeSpan elapsed = time.GetElapsedTime(begun, _lastEnd.Value);
        bool wasCanceled;
        bool wasStopped;
        lock (_lock)
        {
            wasCanceled = token.IsCancellationRequested; // before a stop can cancel it
            wasStopped = IsStopped;
            _isPausing = true;
        }

        if (!childToken.IsCancellationRequested && wasStopped)
        {
            _endAfterStop = end is null ? null : ExceptionDispatchInfo.Capture(end);
            return;
        }

        if (!childToken.IsCancellationRequested)
        {
            end = wasCanceled ? end : EndOf(end, elapsed);
            LogEnd(end, elapsed);
            if (elapsed > LongRun && !wasCanceled)
            {
                _carriedOver = end;
                return;
            }
        }

        // The pipeline decides. If it gave this run up itself, it knows what to make of the cancellation.
        if (end is not null)
        {
            ExceptionDispatchInfo.Throw(end);
        }

        token.ThrowIfCancellationRequested();
    }

    private Exception EndOf(Exception? end, TimeSpan elapsed) => end switch
    {
        null => new SupervisedWorkEndedException(
            $"The supervised child '{child}' of group '{group.Name}' ended after {elapsed}, although it is to run as long as the "
                + "application."),
        OperationCanceledException => new SupervisedWorkEndedException(
            $"The supervised child '{child}' of group '{group.Name}' ended as canceled after {elapsed}, although neither its group was "
                + "canceled nor the application stops.",
            end),
        _ => end,
    };

    private void OnStopped()
    {
        CancellationTokenSource? execution;
        lock (_lock)
        {
            execution = _isPausing ? _execution : null;
        }

        // Not under the lock: what is registered on the token runs here.
        execution?.Cancel();
    }

    private void LogEnd(Exception? end, TimeSpan elapsed)
    {
        if (_lineCount >= MaxLinesAtOnce && time.GetElapsedTime(_lastLine) < LineInterval)
        {
            _silentCount++;
            return;
        }

        logger.SupervisedWorkEnded(group.Name, child, elapsed.TotalMilliseconds, _silentCount, end);
        _lineCount++;
        _silentCount = 0;
        _lastLine = time.GetTimestamp();
    }
}
