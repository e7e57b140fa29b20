namespace TaskGroups.Jobs;

/// <summary>One run of a job, between the engine that takes it and the runner that runs it.</summary>
/// <param name="entry">The job.</param>
/// <param name="attempt">The number of the attempt, from 1: the failures so far, and one.</param>
/// <param name="isRecovered">Whether a run of this attempt was begun before.</param>
/// <param name="started">Called when the handler is about to be invoked: a run may wait for a place first. Must not throw.</param>
/// <remarks>Thread-safe. The first reason of <see cref="Cancel"/> stays.</remarks>
internal sealed class JobRun(JobEntry entry, int attempt, bool isRecovered, Action? started = null)
{
    private readonly CancellationTokenSource _source = new();
    private int _reason;

    public JobEntry Entry => entry;

    public int Attempt => attempt;

    public bool IsRecovered => isRecovered;

    /// <summary>Fires with <see cref="Cancel"/>.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Why the engine ends the run; <see cref="JobEnd.None"/> while it does not.</summary>
    public JobEnd Reason => (JobEnd)Volatile.Read(ref _reason);

    public void OnStarted() => started?.Invoke();

    /// <summary>Fires the token of the run: the job was canceled, its lease is lost, or the engine stops. Returns at once.</summary>
    public void Cancel(JobEnd reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)JobEnd.None) == (int)JobEnd.None)
        {
            // The group of the job is what is registered on it, and that throws nothing.
            _ = _source.CancelAsync();
        }
    }
}
