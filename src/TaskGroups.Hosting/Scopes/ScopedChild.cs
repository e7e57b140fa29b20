using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.Hosting;

/// <summary>
/// A child that runs in a DI scope of its own, whose group is nested in the child's: it opens the scope, does the work, joins the scope's
/// group, and only then disposes the scope (R37).
/// </summary>
/// <remarks>
/// What comes before the work's first await runs without a state machine, and the one that follows keeps only what the end needs: a child
/// costs what a scope made by hand costs.
/// </remarks>
internal readonly struct ScopedChild(TaskGroup parent, GroupServices services, ChildScopeSetup? setup, string? name)
{
    /// <summary>Describes a child that is about to be started. Its group is the one that stands behind a wrapper now.</summary>
    /// <exception cref="InvalidOperationException">The group is neither from dependency injection nor nested in one that is.</exception>
    public static ScopedChild Of(ITaskGroup group, Action<IServiceProvider>? configureScope, string? name)
    {
        GroupServices services = GroupServices.Of(group);
        TaskGroup parent = TaskGroup.From(group);
        return new ScopedChild(parent, services, ChildScopeSetup.For(parent, services, configureScope), name);
    }

    // On the class, not through the interface: a generic call through an interface is looked up at run time.
    public Task Start<TService>(Func<TService, CancellationToken, Task> work)
        where TService : notnull =>
        parent.Run(static (it, cancellationToken) => it.child.RunAsync(it.work, cancellationToken), (child: this, work), name);

    public Task<TResult> Start<TService, TResult>(Func<TService, CancellationToken, Task<TResult>> work)
        where TService : notnull =>
        parent.Run(static (it, cancellationToken) => it.child.RunAsync(it.work, cancellationToken), (child: this, work), name);

    public Task RunAsync<TService>(Func<TService, CancellationToken, Task> work, CancellationToken cancellationToken)
        where TService : notnull
    {
        ChildScope child = Open(out AsyncServiceScope scope);
        Task? begun = Begin(scope, child, work, cancellationToken, out Exception? failure);
        return EndAsync(begun ?? Task.FromException(failure!), scope, child);
    }

    public Task<TResult> RunAsync<TService, TResult>(
        Func<TService, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
        where TService : notnull
    {
        ChildScope child = Open(out AsyncServiceScope scope);
        var begun = (Task<TResult>?)Begin(scope, child, work, cancellationToken, out Exception? failure);
        return EndAsync(begun ?? Task.FromException<TResult>(failure!), scope, child);
    }

    private ChildScope Open(out AsyncServiceScope scope)
    {
        var child = new ChildScope(parent, name);
        scope = services.CreateScope();
        scope.ServiceProvider.GetRequiredService<ScopedGroupHolder>().Serve(child);
        return child;
    }

    /// <summary>Prepares the scope and invokes the work.</summary>
    /// <returns>The work's task; <see langword="null"/> if <paramref name="failure"/> came instead.</returns>
    private Task? Begin<TService>(
        AsyncServiceScope scope,
        ChildScope child,
        Func<TService, CancellationToken, Task> work,
        CancellationToken cancellationToken,
        out Exception? failure)
        where TService : notnull
    {
        try
        {
            failure = null;
            setup?.Run(scope.ServiceProvider, child.Name, child.Parent);
            return work(scope.ServiceProvider.GetRequiredService<TService>(), cancellationToken)
                ?? throw new InvalidOperationException("The delegate of the child returned null instead of a task.");
        }
        catch (Exception exception)
        {
            // An end of the work like any other: the scope's group judges it, and the scope is disposed (R16).
            failure = exception;
            return null;
        }
    }

    private static async Task EndAsync(Task work, AsyncServiceScope scope, ChildScope child)
    {
        Exception? failure; // assigned after the await only, so that the state machine does not keep it
        try
        {
            await work.ConfigureAwait(false);
            failure = null;
        }
        catch (Exception exception)
        {
            // The scope's group judges it, as the failure of its body (R11, R12). Thrown after the disposal.
            failure = exception;
        }

        await CloseAsync(scope, child, failure).ConfigureAwait(false);
    }

    private static async Task<TResult> EndAsync<TResult>(Task<TResult> work, AsyncServiceScope scope, ChildScope child)
    {
        Exception? failure;
        try
        {
            await work.ConfigureAwait(false);
            failure = null;
        }
        catch (Exception exception)
        {
            // As above. Written twice, since one around the other would cost a second state machine.
            failure = exception;
        }

        await CloseAsync(scope, child, failure).ConfigureAwait(false);
        return work.IsCompletedSuccessfully
            ? work.Result
            : throw new OperationCanceledException(
                $"The child '{child.Name}' has no value: the group of its scope was stopped or canceled.",
                child.Parent.IsStopped ? child.Parent.StoppingToken : CancellationToken.None);
    }

    // Most scopes' groups are not asked for, and most work succeeds: then nothing is left but the disposal.
    private static ValueTask CloseAsync(AsyncServiceScope scope, ChildScope child, Exception? failure) =>
        failure is null && child.Group is null ? scope.DisposeAsync() : JoinAndDisposeAsync(scope, child, failure);

    /// <summary>Joins the scope's group, disposes the scope, and throws the outcome.</summary>
    private static async ValueTask JoinAndDisposeAsync(AsyncServiceScope scope, ChildScope child, Exception? failure)
    {
        failure = await child.JoinAsync(failure).ConfigureAwait(false);
        try
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception disposal) when (failure is not null)
        {
            // The child has one failure already, and the first one counts; this one is reported (R14).
            child.Parent.Settings.Observers?.FailureReported(child.Parent, disposal, FailureKind.Disposal);
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
