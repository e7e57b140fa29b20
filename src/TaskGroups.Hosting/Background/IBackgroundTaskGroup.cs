namespace TaskGroups.Hosting;

/// <summary>
/// The group of work that belongs to the application rather than to a request. When the host stops it is drained: its children may
/// finish, are then canceled, and those that still run are reported by name.
/// </summary>
/// <remarks>
/// <para>A singleton: inject it anywhere. All members may be called from any thread at any time, before the host has started as
/// well.</para>
/// <para>
/// Children run on the thread pool and inherit nothing from the code that starts them: no <c>AsyncLocal</c> values, no running activity,
/// and no scoped services,
/// unless the delegate captures them, which is an error. Nor do the bodies of groups nested in it, which begin on the caller's
/// thread. A
/// child that needs scoped services is started with
/// <see cref="TaskGroupHostingExtensions.RunScoped{TService}(ITaskGroup, Func{TService, CancellationToken, Task}, string?)"/>.
/// </para>
/// <para>A child's failure is logged when it happens and cancels no other child; see
/// <see cref="BackgroundTaskGroupOptions.FailureBehavior"/>.</para>
/// <para>
/// <see cref="ITaskGroup.Cancel"/> acts on the children that the group has; later ones run. Afterwards
/// <see cref="ITaskGroup.CancellationToken"/> is another one, which has not fired, and <see cref="ITaskGroup.CancellationReason"/> is
/// <see cref="CancellationReason.None"/>. <see cref="ITaskGroup.Stop"/> is for good: <see cref="ITaskGroup.StoppingToken"/> stays fired,
/// and children are still taken. What a child leaves registered on its token does not stay: each 256 children have a token of their own.
/// </para>
/// <para>
/// Once the drain has begun, which is after the server has stopped, starting a child throws <see cref="InvalidOperationException"/> and
/// <see cref="ITaskGroup.TryRun"/> returns <see langword="false"/>; both are logged. A child that needs more children then opens a nested
/// group with
/// <c>RunGroupAsync</c>. That, and every combinator, works until the group is canceled, from every caller: the group cannot tell a
/// child from code outside. The drain waits for the nested group as for a child.
/// </para>
/// </remarks>
public interface IBackgroundTaskGroup : ITaskGroup
{
    /// <summary>The number of children that run now. Nested groups and what runs in them are not counted.</summary>
    int RunningCount { get; }

    /// <summary>The number of children that wait for a slot of <see cref="BackgroundTaskGroupOptions.MaxConcurrency"/>.</summary>
    int WaitingCount { get; }
}
