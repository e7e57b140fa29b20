using System.Collections.Concurrent;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>What really happened in one group of a program, noted by the program itself: the model knows nothing else.</summary>
internal sealed class ProgramFacts(ProgramGroup program, string name, CancellationToken callerToken)
{
    private readonly Lock _lock = new();
    private int _started;
    private int _running;

    public ProgramGroup Program => program;

    public string Name => name;

    /// <summary>The token of the code that opened the group.</summary>
    public CancellationToken CallerToken => callerToken;

    public Children Children { get; } = new();

    public ConcurrentQueue<Exception> ChildFailures { get; } = new();

    public ConcurrentQueue<ProgramFacts> Nested { get; } = new();

    /// <summary>The failures that their children could have only after the group was canceled.</summary>
    public ConcurrentQueue<Exception> CleanUpFailures { get; } = new();

    public Exception? BodyFailure { get; set; }

    public bool BodyWasCanceled { get; set; }

    public bool ChildWasCanceled { get; set; }

    /// <summary>The group; <see langword="null"/> if its body was refused.</summary>
    public TaskGroup? Group { get; set; }

    public Task Run { get; private set; } = Task.CompletedTask;

    public string? AliveAtJoin { get; private set; }

    public int MostRunning { get; private set; }

    public int NeverInvoked => _started - Children.Invoked;

    public CancellationReason Reason => Group!.CancellationReason;

    public void Start() => Interlocked.Increment(ref _started);

    public void Enter()
    {
        lock (_lock)
        {
            MostRunning = Math.Max(MostRunning, ++_running);
        }
    }

    public void Exit()
    {
        lock (_lock)
        {
            _running--;
        }
    }

    /// <summary>Looks which children are alive at the moment of the join.</summary>
    public Task Watch(Task run)
    {
        Run = run;
        return run.ContinueWith(
            _ => AliveAtJoin = FindAlive(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private string? FindAlive()
    {
        foreach (ProgramFacts nested in Nested)
        {
            if (!nested.Run.IsCompleted)
            {
                return nested.Name;
            }
        }

        return Record.Exception(Children.Verify)?.Message;
    }
}
