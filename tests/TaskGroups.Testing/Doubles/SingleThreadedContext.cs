using System.Collections.Concurrent;

namespace TaskGroups.Testing;

/// <summary>
/// One thread that runs everything posted to it, one after the other: the shape of a user interface. Code that blocks it, or that
/// needs it while it is blocked, hangs.
/// </summary>
public sealed class SingleThreadedContext : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];

    private SingleThreadedContext()
    {
    }

    /// <summary>Runs <paramref name="work"/> on a thread of its own, and everything that it posts, until its task has ended.</summary>
    public static Task RunAsync(Func<Task> work)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() => new SingleThreadedContext().Pump(work, ended))
        {
            IsBackground = true,
            Name = nameof(SingleThreadedContext)
        };
        thread.Start();
        return ended.Task;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        try
        {
            _posted.Add((d, state));
        }
        catch (InvalidOperationException) when (_posted.IsAddingCompleted)
        {
            // The thread is gone. Code that posts this late must not fail because of that.
            ThreadPool.QueueUserWorkItem(_ => d(state));
        }
    }

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("A group must not block a synchronization context.");

    private void Pump(Func<Task> work, TaskCompletionSource ended)
    {
        SetSynchronizationContext(this);
        Task task;
        try
        {
            task = work();
        }
        catch (Exception exception)
        {
            task = Task.FromException(exception);
        }

        task.ContinueWith(_ => _posted.CompleteAdding(), TaskScheduler.Default);
        foreach ((SendOrPostCallback callback, object? state) in _posted.GetConsumingEnumerable())
        {
            callback(state);
        }

        ended.TrySetFromTask(task);
    }
}
