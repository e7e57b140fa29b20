namespace TaskGroups.Testing;

/// <summary>Counts delegates that were invoked and the tasks of theirs that ended, without standing between a group and those tasks.</summary>
public sealed class Children
{
    private int _invoked;
    private int _ended;

    public int Invoked => Volatile.Read(ref _invoked);

    public int Ended => Volatile.Read(ref _ended);

    public Func<CancellationToken, TTask> Count<TTask>(Func<CancellationToken, TTask> work)
        where TTask : Task =>
        cancellationToken => Count(() => work(cancellationToken));

    public Func<TState, CancellationToken, TTask> Count<TState, TTask>(Func<TState, CancellationToken, TTask> work)
        where TTask : Task =>
        (state, cancellationToken) => Count(() => work(state, cancellationToken));

    /// <summary>Throws unless every delegate that was invoked has ended.</summary>
    public void Verify()
    {
        int ended = Ended;
        int invoked = Invoked;
        if (invoked != ended)
            throw new InvalidOperationException($"The group completed while {invoked - ended} of {invoked} delegates still ran (R1).");
    }

    private TTask Count<TTask>(Func<TTask> invoke)
        where TTask : Task
    {
        Interlocked.Increment(ref _invoked);
        TTask? task = null;
        try
        {
            return task = invoke();
        }
        finally
        {
            // The group continues on the same task, but later: continuations run in the order in which they were added.
            if (task is null)
                Interlocked.Increment(ref _ended);
            else
                task.ContinueWith(_ => Interlocked.Increment(ref _ended), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
