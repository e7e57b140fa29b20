using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.Hosting;

/// <summary>A DI scope that a group's body opens, and that is disposed when the group has been joined.</summary>
internal sealed class GroupScope<TTask>(GroupServices services, Func<IServiceProvider, TTask> body)
    where TTask : Task
{
    private AsyncServiceScope? _scope; // null if the body was never invoked

    /// <summary>The body of the group: opens the scope, whose <see cref="ITaskGroup"/> the group becomes.</summary>
    public TTask Open(ITaskGroup group)
    {
        AsyncServiceScope scope = services.CreateScope();
        _scope = scope;
        TaskGroup.From(group).Owner = scope.ServiceProvider;
        scope.ServiceProvider.GetRequiredService<ScopedGroupHolder>().TryServe(group);
        return body(scope.ServiceProvider);
    }

    /// <summary>Disposes the scope after the group.</summary>
    /// <returns><paramref name="group"/>, with all its failures, unless the disposal alone failed.</returns>
    public async Task<TTask> DisposeAfterAsync(TTask group, ApplicationGroups application)
    {
        await ((Task)group).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            if (_scope is { } scope)
            {
                await scope.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception disposal) when (!group.IsCompletedSuccessfully)
        {
            // The group's outcome counts; this one is reported (R14).
            application.Requests.Settings.Observers?.FailureReported(application.Requests, disposal, FailureKind.Disposal);
        }

        return group;
    }
}
