namespace TaskGroups.Hosting;

/// <summary>
/// Warns of nested groups and combinators that failed and whose task no code awaited: the runtime says so when the garbage collector meets
/// the task (R48).
/// </summary>
/// <remarks>
/// Listens while the host runs. Of several applications in one process each logs its own groups; groups that belong to none are logged by
/// all. The exception stays unobserved for other listeners.
/// </remarks>
internal sealed class UnobservedGroups(ApplicationGroups application) : IDisposable
{
    private int _isListening;

    public void Listen()
    {
        if (Interlocked.Exchange(ref _isListening, 1) == 0)
        {
            TaskScheduler.UnobservedTaskException += OnUnobserved;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isListening, 0) == 1)
        {
            TaskScheduler.UnobservedTaskException -= OnUnobserved;
        }
    }

    private void OnUnobserved(object? task, UnobservedTaskExceptionEventArgs unobserved)
    {
        if (FailedGroup.Of(task) is { } group && (group.Services ?? application.Services) == application.Services)
        {
            application.Logger.FailedUnobserved(group.Name, unobserved.Exception.InnerException);
        }
    }
}
