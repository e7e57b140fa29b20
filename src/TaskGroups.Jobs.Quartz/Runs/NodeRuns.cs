using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TaskGroups.Jobs.Quartz;

/// <summary>Runs what the engine fires on this node: takes the turn, runs the job, and stores what became of it.</summary>
/// <remarks>
/// <para>The life of a turn on a node:</para>
/// <list type="number">
/// <item><description>The engine fires it: it has written a row, which is the lease, and deletes it when the turn has been executed, or
/// when another node takes the turn over.</description></item>
/// <item><description>The node claims the job: one statement that counts a loss, if a run ended with its node, before the handler is
/// invoked. A turn that is over is not claimed.</description></item>
/// <item><description>The job runs. The lease watcher, a cancellation and the drain end it through its token.</description></item>
/// <item><description>What became of it is stored, where that leads to another turn in one transaction with it.</description></item>
/// <item><description>The engine deletes the lease.</description></item>
/// </list>
/// <para>
/// While the database does not answer, a step is repeated: a turn that returned to the engine without it would be lost. If the process
/// ends meanwhile, the lease is left, and another node takes the turn over.
/// </para>
/// </remarks>
internal sealed class NodeRuns(Turns turns, JobTable table, JobRegistry registry, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Guid, HeldRun> _held = [];
    private readonly ConcurrentDictionary<Task, bool> _executions = [];
    private volatile JobRunner? _runner;
    private volatile bool _isStandingBy;
    private volatile bool _isAbandoned;

    /// <summary>The runs of this node.</summary>
    public IEnumerable<HeldRun> Held => _held.Values;

    /// <summary>Sets what runs the jobs, before the engine fires any.</summary>
    public void Start(JobRunner runner) => _runner = runner;

    /// <summary>From now on a turn that is fired is handed back unclaimed jobs' way: at once.</summary>
    public void StandBy() => _isStandingBy = true;

    /// <summary>
    /// From now on nothing is stored, and nothing returns to the engine, which would take it as done: the leases are left to other nodes.
    /// </summary>
    public void Abandon() => _isAbandoned = true;

    /// <summary>Ends the runs of a job that was canceled.</summary>
    public void Cancel(JobId id)
    {
        foreach (HeldRun held in Held.Where(held => held.Claim.Entry.Id == id))
        {
            held.Run.Cancel(JobEnd.Canceled);
        }
    }

    /// <summary>Whether a run goes on.</summary>
    public bool Holds(HeldRun held) => _held.ContainsKey(held.Claim.Run);

    /// <summary>Ends a run whose lease is lost.</summary>
    public static void GiveUp(HeldRun held)
    {
        if (held.Run.Reason == JobEnd.None)
        {
            held.Run.Cancel(JobEnd.LeaseLost);
        }
    }

    /// <summary>Executes what the engine has fired.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="firing">The engine's name for the execution.</param>
    /// <param name="shutdown">Fires when the engine is shut down, which is after the drain.</param>
    public async Task ExecuteAsync(Turn turn, string firing, CancellationToken shutdown)
    {
        var ended = new TaskCompletionSource();
        _executions[ended.Task] = true;
        try
        {
            Claim? claim = await InsistAsync(
                turn.Id, () => table.ClaimAsync(turn, ClusterSettings.SchedulerName, firing, shutdown), shutdown).ConfigureAwait(false);
            if (claim is null)
            {
                logger.TurnIsOver(turn.Id.Value, turn.Number);
                return;
            }

            JobRunEnd end = await RunAsync(claim).ConfigureAwait(false);
            await InsistAsync(turn.Id, () => StoreAsync(claim, end, shutdown), shutdown).ConfigureAwait(false);
        }
        finally
        {
            _executions.TryRemove(ended.Task, out _);
            ended.SetResult();
        }
    }

    /// <summary>Waits until everything that was fired on this node has been executed.</summary>
    public async Task WhenIdleAsync()
    {
        while (!_executions.IsEmpty)
        {
            await Task.WhenAll(_executions.Keys).ConfigureAwait(false);
        }
    }

    private async Task<JobRunEnd> RunAsync(Claim claim)
    {
        JobEntry entry = claim.Entry;
        if (claim.IsCanceled)
        {
            return new JobRunEnd(JobRunOutcome.Canceled);
        }

        if (_isStandingBy || !registry.TryFind(entry.Name, out JobRegistration? registration))
        {
            return new JobRunEnd(JobRunOutcome.HandedBack);
        }

        if (claim.Losses > registration.Options.MaxLosses)
        {
            logger.LostTooOften(entry.Name, entry.Id.Value, claim.Losses, registration.Options.MaxLosses);
            return new JobRunEnd(JobRunOutcome.Failed, LostFailure);
        }

        var run = new JobRun(entry, claim.Attempt, claim.IsRecovered);
        _held[claim.Run] = new HeldRun(claim, run);
        try
        {
            return await _runner!.RunAsync(run).ConfigureAwait(false);
        }
        finally
        {
            _held.TryRemove(claim.Run, out _);
        }
    }

    /// <summary>The type of failure of a job whose runs ended with their node too often. There is no exception: no code failed.</summary>
    public const string LostFailure = "TaskGroups.Jobs.NodeLost";

    private async Task<bool> StoreAsync(Claim claim, JobRunEnd end, CancellationToken cancellationToken)
    {
        bool isStored = end switch
        {
            { Outcome: JobRunOutcome.Succeeded } => await EndAsync(JobState.Succeeded).ConfigureAwait(false),
            { Outcome: JobRunOutcome.Canceled } => await EndAsync(JobState.Canceled).ConfigureAwait(false),
            { Outcome: JobRunOutcome.Failed, RetryAfter: null } => await EndAsync(JobState.Failed).ConfigureAwait(false),
            { Outcome: JobRunOutcome.Failed, RetryAfter: { } pause } => await WaitAsync(time.GetUtcNow() + pause).ConfigureAwait(false),

            // Of a lost lease too: as long as the row has the run's mark, no other node has begun, and this turn is over.
            _ => await WaitAsync(time.GetUtcNow()).ConfigureAwait(false),
        };
        if (!isStored)
        {
            logger.RunWasReplaced(claim.Entry.Name, claim.Entry.Id.Value);
        }

        return isStored;

        Task<bool> EndAsync(JobState state) => table.EndAsync(claim, state, end.FailureType, cancellationToken);

        Task<bool> WaitAsync(DateTimeOffset due) => turns.AddAsync(
            transaction => JobTable.WaitAgainAsync(transaction, claim, end.FailureType, due, cancellationToken), cancellationToken);
    }

    // Any failure, not only an outage: what is not stored is lost, and the log says what is wrong.
    private async Task<T> InsistAsync<T>(JobId id, Func<Task<T>> step, CancellationToken shutdown)
    {
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            if (_isAbandoned)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, time, shutdown).ConfigureAwait(false);
            }

            try
            {
                return await step().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !shutdown.IsCancellationRequested)
            {
                // Of a canceled turn the engine keeps the lease or stores another one; a failed turn it would take as done.
                shutdown.ThrowIfCancellationRequested();
                logger.StepIsRepeated(id.Value, pause.TotalMilliseconds, exception);
            }

            await Task.Delay(pause, time, shutdown).ConfigureAwait(false);
        }
    }
}
