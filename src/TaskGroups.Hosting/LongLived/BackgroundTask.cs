using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Polly;

namespace TaskGroups.Hosting;

/// <summary>Starts the child that one call of <c>AddBackgroundTask</c> describes, with the host.</summary>
internal sealed class BackgroundTask<TService> : IHostedLifecycleService
    where TService : notnull
{
    private readonly BackgroundGroups _groups;
    private readonly BackgroundTaskRegistration<TService> _registration;
    private readonly Readiness.Hold? _hold;

    public BackgroundTask(BackgroundGroups groups, Readiness readiness, BackgroundTaskRegistration<TService> registration)
    {
        _groups = groups;
        _registration = registration;
        _hold = registration.HoldsReadiness ? readiness.Add(registration.Name) : null;
    }

    /// <summary>Completes when the child has ended for good and holds nothing back any more.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    private BackgroundTaskGroup Group => _registration.Group is { } name ? _groups.Find(name) : _groups.Default;

    // Before any service starts: a name that is not known ends the start.
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _ = Group;
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Ended = ReleaseAfterAsync(StartChild());
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task StartChild() => _registration.Restart is { } restart
        ? Group.Supervise(
            restart,
            (group, ct) => ScopedChild.Of(group, AttachSignal, _registration.Name).RunAsync(_registration.Work, ct),
            _registration.Name)
        : Group.RunScoped(AttachSignal, _registration.Work, _registration.Name);

    private void AttachSignal(IServiceProvider scope) => scope.GetRequiredService<StartSignal>().Attach(_hold);

    private async Task ReleaseAfterAsync(Task child)
    {
        // The group reports how the child ends.
        await child.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _hold?.Release();
    }
}

/// <summary>One call of <c>AddBackgroundTask</c>.</summary>
/// <param name="Work">What the task does with its service.</param>
/// <param name="Restart">Starts the task again when it ends; <see langword="null"/> for one that runs once.</param>
/// <param name="Group">The name of the background group; <see langword="null"/> for the default one.</param>
/// <param name="HoldsReadiness">Whether the application is not ready before the task is.</param>
/// <param name="Name">The name of the child.</param>
internal sealed record BackgroundTaskRegistration<TService>(
    Func<TService, CancellationToken, Task> Work, ResiliencePipeline? Restart, string? Group, bool HoldsReadiness, string Name);
