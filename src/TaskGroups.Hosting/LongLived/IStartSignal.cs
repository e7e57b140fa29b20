namespace TaskGroups.Hosting;

/// <summary>
/// How the service of a background task says that it is ready. A scoped service: the service that <c>AddBackgroundTask</c> runs takes it
/// as a constructor parameter.
/// </summary>
/// <remarks>
/// Thread-safe. In a scope that is not that of a background task, and for a task that holds nothing back, the call does nothing.
/// </remarks>
public interface IStartSignal
{
    /// <summary>
    /// Says that the task is ready: with <c>holdsReadiness</c>, the application may be reported as ready from here on. Further calls do
    /// nothing.
    /// </summary>
    void Started();
}
