using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.Hosting;

/// <summary>A child that runs in a DI scope of its own, whose group is nested in the child's.</summary>
internal static class ScopedChild
{
    /// <summary>Opens the scope, does the work, joins the scope's group, and only then disposes the scope (R37).</summary>
    /// <param name="parent">The child's group.</param>
    /// <param name="services">Where the scope comes from.</param>
    /// <param name="name">The child's name, which its scope's group has as well.</param>
    /// <param name="work">What to do with the scope's services.</param>
    public static async Task RunAsync(TaskGroup parent, GroupServices services, string name, Func<IServiceProvider, Task> work)
    {
        AsyncServiceScope scope = services.CreateScope();
        Exception? failure = null;
        try
        {
            ScopedTaskGroup group = scope.ServiceProvider.GetRequiredService<ScopedTaskGroup>();
            group.NestIn(parent, name);
            await group.JoinAsync(await FailureOfAsync(work, scope.ServiceProvider).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Thrown below, after the disposal.
            failure = exception;
        }

        try
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception disposal) when (failure is not null)
        {
            // The child has one failure already, and the first one counts; this one is reported (R14).
            parent.Settings.Observers?.ExceptionUnseen(parent, null, disposal);
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private static async Task<Exception?> FailureOfAsync(Func<IServiceProvider, Task> work, IServiceProvider provider)
    {
        try
        {
            await work(provider).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            // The scope's group judges it, as the failure of its body (R11, R12).
            return exception;
        }
    }
}
