namespace TaskGroups.Hosting;

/// <summary>
/// Opens groups beside those of requests and scopes, under the same parent, so that they have the same observers and the same stop.
/// </summary>
internal sealed class TaskGroupFactory(ApplicationGroups application, GroupServices services) : ITaskGroupFactory
{
    public Task RunAsync(
        Func<ITaskGroup, Task> body, TaskGroupOptions? options = null, CancellationToken cancellationToken = default, string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return TaskGroup.RunNested(application.Requests, body, options, caller, cancellationToken);
    }

    public Task<TResult> RunAsync<TResult>(
        Func<ITaskGroup, Task<TResult>> body,
        TaskGroupOptions? options = null,
        CancellationToken cancellationToken = default,
        string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return TaskGroup.RunNested(application.Requests, body, options, caller, cancellationToken);
    }

    public Task RunInScopeAsync(
        Func<IServiceProvider, Task> body,
        TaskGroupOptions? options = null,
        CancellationToken cancellationToken = default,
        string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        var scope = new GroupScope<Task>(services, body);
        Task ended = scope.DisposeAfterAsync(RunAsync(scope.Open, options, cancellationToken, caller), application).Unwrap();
        return MarkIfFailed(ended, options?.Name ?? caller);
    }

    public Task<TResult> RunInScopeAsync<TResult>(
        Func<IServiceProvider, Task<TResult>> body,
        TaskGroupOptions? options = null,
        CancellationToken cancellationToken = default,
        string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        var scope = new GroupScope<Task<TResult>>(services, body);
        Task<TResult> ended = scope.DisposeAfterAsync(RunAsync(scope.Open, options, cancellationToken, caller), application).Unwrap();
        return MarkIfFailed(ended, options?.Name ?? caller);
    }

    // The group's own task is observed by the disposal. What is handed out is a copy, and is the one that may stay unobserved (R48). Marked
    // before other code can learn of its end.
    private TTask MarkIfFailed<TTask>(TTask ended, string? name)
        where TTask : Task
    {
        ended.ContinueWith(
            static (failed, group) => FailedGroup.Add(failed, (FailedGroup)group!),
            new FailedGroup(DisplayName.ForGroup(name), services),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return ended;
    }
}
