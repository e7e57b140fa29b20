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
        return scope.DisposeAfterAsync(RunAsync(scope.Open, options, cancellationToken, caller), application).Unwrap();
    }

    public Task<TResult> RunInScopeAsync<TResult>(
        Func<IServiceProvider, Task<TResult>> body,
        TaskGroupOptions? options = null,
        CancellationToken cancellationToken = default,
        string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        var scope = new GroupScope<Task<TResult>>(services, body);
        return scope.DisposeAfterAsync(RunAsync(scope.Open, options, cancellationToken, caller), application).Unwrap();
    }
}
