namespace TaskGroups.Hosting;

/// <summary>A child of a background group that runs a job.</summary>
/// <param name="work">The work. It is given the generation that holds it.</param>
/// <param name="group">The generation.</param>
/// <param name="resumed">Says what becomes of the job if the drain cuts it short.</param>
internal sealed class JobWork(Func<TaskGroup, CancellationToken, Task> work, TaskGroup group, IResumedWork resumed) : IResumedWork
{
    private volatile bool _wasTaken;

    public object? State => resumed.State;

    public bool WillBeResumed => resumed.WillBeResumed;

    /// <summary>Whether the group took the child, and told its observers. Known when the child's task has completed.</summary>
    public bool WasTaken => _wasTaken;

    public Task RunAsync(CancellationToken cancellationToken)
    {
        _wasTaken = true;
        return work(group, cancellationToken);
    }

    /// <summary>Takes note that the child will never be invoked, and that this has been told.</summary>
    public void NeverStarts() => _wasTaken = true;
}

/// <summary>The state of a child whose work may be stored elsewhere.</summary>
internal interface IResumedWork : IHiddenState
{
    /// <summary>Whether the work starts again by itself after this process, so that a drain that cuts it short loses nothing.</summary>
    bool WillBeResumed { get; }
}
