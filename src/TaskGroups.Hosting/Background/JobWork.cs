namespace TaskGroups.Hosting;

/// <summary>A child of a background group that runs a job.</summary>
/// <param name="Work">The work. It is given the generation that holds it.</param>
/// <param name="Group">The generation.</param>
/// <param name="Resumed">Says what becomes of the job if the drain cuts it short.</param>
internal sealed record JobWork(Func<TaskGroup, CancellationToken, Task> Work, TaskGroup Group, IResumedWork Resumed) : IResumedWork
{
    public object? State => Resumed.State;

    public bool WillBeResumed => Resumed.WillBeResumed;
}

/// <summary>The state of a child whose work may be stored elsewhere.</summary>
internal interface IResumedWork : IHiddenState
{
    /// <summary>Whether the work starts again by itself after this process, so that a drain that cuts it short loses nothing.</summary>
    bool WillBeResumed { get; }
}
