using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>The work of a child that says when it is ready, and the task of whoever waits for that.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Stage</term><description>Meaning; what comes next</description></listheader>
/// <item><term>getting ready</term><description>The child has not said that it is ready; one of the others.</description></item>
/// <item><term>started</term><description>The child runs on, like any other, and its failure is the group's; nothing.</description></item>
/// <item><term>given up</term><description>Whoever started it is gone; the child has been told, and its end goes to the starter; nothing.</description></item>
/// <item><term>ended</term><description>The child was not ready; its end goes to the starter; nothing.</description></item>
/// </list>
/// </remarks>
internal sealed class StartingWork<T>(TaskGroup group, Func<IStartSignal<T>, CancellationToken, Task> work, CancellationToken callerToken)
    : IStartSignal<T>, IOptionalWork
{
    private readonly TaskCompletionSource<T> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _giveUp = new();
    private readonly Lock _lock = new();
    private Stage _stage;

    /// <summary>Getting ready is left once, for one of the others: what comes at the same moment comes too late.</summary>
    private enum Stage
    {
        GettingReady,
        Started,
        GivenUp,
        Ended,
    }

    public Exception? Failure { get; private set; }

    public bool IsFailureThrown => true;

    /// <summary>Yields what the child hands over; a child that was never invoked hands over its cancellation.</summary>
    public Task<T> WhenReadyAsync(Task child)
    {
        ConfiguredTaskAwaitable.ConfiguredTaskAwaiter awaiter = child.ConfigureAwait(false).GetAwaiter();
        if (awaiter.IsCompleted)
        {
            HandOver(group.CancellationToken);
        }
        else
        {
            awaiter.UnsafeOnCompleted(() => HandOver(group.CancellationToken));
        }

        _ = _ready.Task.ContinueWith(
            static ready => _ = ready.Exception, // the observers have it: nobody needs to await the start
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
        return _ready.Task;
    }

    public void Started(T value)
    {
        switch (Leave(Stage.Started))
        {
            case Stage.GettingReady:
                _ready.SetResult(value);
                break;
            case Stage.GivenUp:
                throw new OperationCanceledException(_giveUp.Token);
            default:
                throw new InvalidOperationException("Started was called before, or the child has ended: a child says once that it is ready.");
        }
    }

    public async Task RunAsync()
    {
        CancellationToken groupToken = group.CancellationToken;
        CancellationTokenRegistration byGroup = groupToken.UnsafeRegister(static it => ((StartingWork<T>)it!).GiveUp(), this);
        CancellationTokenRegistration byCaller = callerToken.UnsafeRegister(
            static it =>
            {
                var start = (StartingWork<T>)it!;
                if (start.Leave(Stage.GivenUp) == Stage.GettingReady)
                {
                    start.GiveUp();
                }
            },
            this);
        try
        {
            await group.Invoke(new StatefulWork<StartingWork<T>>(static (it, _) => it.InvokeAsync(), this), group.CancellationToken).ConfigureAwait(false);
            if (Leave(Stage.Ended) != Stage.Started && !group.IsEnding)
            {
                Fail(callerToken.IsCancellationRequested
                    ? new OperationCanceledException(callerToken) // a child may obey without an exception
                    : new InvalidOperationException("A child given to StartAsync ended without having called Started."));
            }
        }
        catch (Exception exception) when (Leave(Stage.Ended) != Stage.Started && !group.IsCancellation(exception))
        {
            Fail(exception);
        }
        catch (OperationCanceledException canceled) when (!group.IsEnding)
        {
            HandOver(canceled.CancellationToken); // the child has obeyed a stop
            throw;
        }
        finally
        {
            byGroup.Unregister();
            byCaller.Unregister();
            HandOver(group.CancellationToken);
        }
    }

    private Task InvokeAsync() => work(this, _giveUp.Token);

    // Before the child was ready its end is the starter's business alone, so the child itself ends normally.
    private void Fail(Exception exception)
    {
        if (exception is OperationCanceledException && callerToken.IsCancellationRequested)
        {
            _ready.SetFromTask(Valued<T>.Ended(new OperationCanceledException(callerToken)));
        }
        else
        {
            Failure = exception;
            _ready.SetException(exception);
        }
    }

    // Of a child that ended, or was never invoked, because of a cancellation.
    private void HandOver(CancellationToken token)
    {
        if (Leave(Stage.Ended) != Stage.Started)
        {
            _ready.TrySetFromTask(Valued<T>.Ended(new OperationCanceledException(token)));
        }
    }

    private Stage Leave(Stage next)
    {
        lock (_lock)
        {
            Stage before = _stage;
            _stage = before == Stage.GettingReady ? next : before;
            return before;
        }
    }

    private void GiveUp() => group.FireLate(_giveUp);
}
