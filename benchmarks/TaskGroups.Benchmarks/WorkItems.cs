namespace TaskGroups.Benchmarks;

/// <summary>
/// The floor: what the pool takes for a work item per child and a count of them, with no cancellation, no failures and nothing that flows.
/// </summary>
internal sealed class WorkItems : IThreadPoolWorkItem
{
    private readonly Func<CancellationToken, Task> _work;
    private readonly Count _count;

    private WorkItems(Func<CancellationToken, Task> work, Count count)
    {
        _work = work;
        _count = count;
    }

    public static Contender Of(Func<CancellationToken, Task> work) => new("work items and a count", children =>
    {
        var count = new Count();
        for (int child = 0; child < children; child++)
        {
            count.Add();
            ThreadPool.UnsafeQueueUserWorkItem(new WorkItems(work, count), preferLocal: true);
        }

        count.Remove();
        return count.IsZero;
    });

    public void Execute()
    {
        Task task = _work(CancellationToken.None);
        if (task.IsCompleted)
        {
            _count.Remove();
        }
        else
        {
            task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_count.Remove);
        }
    }

    private sealed class Count
    {
        private readonly TaskCompletionSource _isZero = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _value = 1; // for who starts the children

        public Task IsZero => _isZero.Task;

        public void Add() => Interlocked.Increment(ref _value);

        public void Remove()
        {
            if (Interlocked.Decrement(ref _value) == 0)
            {
                _isZero.SetResult();
            }
        }
    }
}
