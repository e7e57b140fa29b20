namespace System.Runtime.CompilerServices;

/// <summary>
/// Builds the tasks of async methods. The compiler knows the type by its name. Who waits for such a task goes on as in production, see
/// <see cref="TaskGroups.Continuations"/>.
/// </summary>
internal struct AsyncTaskMethodBuilder<T>
{
    private AsyncValueTaskMethodBuilder<T> _real; // the one of value tasks, which builds the same tasks
    private bool _hasTask;

    public Task<T> Task => _real.Task.AsTask();

    public static AsyncTaskMethodBuilder<T> Create() => default;

    public void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine =>
        _real.Start(ref stateMachine);

    public void SetStateMachine(IAsyncStateMachine stateMachine) => _real.SetStateMachine(stateMachine);

    public void SetResult(T result)
    {
        AsyncValueTaskMethodBuilder<T> real = _real;
        if (_hasTask)
        {
            TaskGroups.Continuations.End(Task, isApart: false, () => real.SetResult(result));
        }
        else
        {
            _real.SetResult(result);
        }
    }

    public void SetException(Exception exception)
    {
        AsyncValueTaskMethodBuilder<T> real = _real;
        if (_hasTask)
        {
            TaskGroups.Continuations.End(Task, isApart: false, () => real.SetException(exception));
        }
        else
        {
            _real.SetException(exception);
        }
    }

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine
    {
        _hasTask = true;
        _real.AwaitOnCompleted(ref awaiter, ref stateMachine);
    }

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine
    {
        _hasTask = true;
        _real.AwaitUnsafeOnCompleted(ref awaiter, ref stateMachine);
    }
}
