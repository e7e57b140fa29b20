using System.Collections.Concurrent;

namespace TaskGroups.Testing;

/// <summary>Remembers the tasks of delegates that were invoked, without standing between a group and those tasks.</summary>
public sealed class Children
{
    private readonly ConcurrentQueue<Task> _tasks = new();
    private int _invoked;
    private int _returned;

    public int Invoked => Volatile.Read(ref _invoked);

    public Func<CancellationToken, TTask> Count<TTask>(Func<CancellationToken, TTask> work)
        where TTask : Task =>
        cancellationToken => Count(() => work(cancellationToken));

    public Func<TState, CancellationToken, TTask> Count<TState, TTask>(Func<TState, CancellationToken, TTask> work)
        where TTask : Task =>
        (state, cancellationToken) => Count(() => work(state, cancellationToken));

    /// <summary>Throws unless every delegate that was invoked has ended.</summary>
    public void Verify()
    {
        int running = Invoked - Volatile.Read(ref _returned) + _tasks.Count(task => !task.IsCompleted);
        if (running > 0)
        {
            throw new InvalidOperationException($"The group completed while {running} of {Invoked} delegates still ran (R1).");
        }
    }

    private TTask Count<TTask>(Func<TTask> invoke)
        where TTask : Task
    {
        Interlocked.Increment(ref _invoked);
        try
        {
            TTask task = invoke();
            if (task is not null)
            {
                _tasks.Enqueue(task);
            }

            return task!;
        }
        finally
        {
            Interlocked.Increment(ref _returned);
        }
    }
}
