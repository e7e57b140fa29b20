using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.Hosting;

/// <summary>
/// The application's root container, as the application's groups carry it in <see cref="GroupOrigin.Services"/>: scopes of children
/// come from the root, since the scope of whoever started a child may end earlier (R37).
/// </summary>
internal sealed class GroupServices(IServiceProvider root, IServiceScopeFactory scopes, IScopeGroupResolver? requests = null)
{
    /// <summary>Finds the container of a group.</summary>
    /// <exception cref="InvalidOperationException">The group is neither from dependency injection nor nested in one that is.</exception>
    public static GroupServices Of(ITaskGroup group) =>
        (group is TaskGroup or ITaskGroupWrapper ? TaskGroup.From(group).Origin.Services : null) as GroupServices
        ?? throw new InvalidOperationException(
            $"RunScoped needs a container for the child's scope, and the group '{group.Name}' has none: it was not obtained from "
                + $"dependency " +
            "injection. Call services.AddTaskGroups() and inject ITaskGroup or IBackgroundTaskGroup, or open the group nested in an "
            + "injected one " +
            "with RunGroupAsync.");

    /// <summary>Whether the container is the platform's own, in which the provider of a scope is one object.</summary>
    public bool IsBuiltIn { get; } = IsOfThePlatform(root);

    /// <summary>
    /// Gives the object that stands for the scope of a provider: other containers give whoever asks a provider of its own.
    /// </summary>
    public object ScopeOf(IServiceProvider provider)
    {
        try
        {
            if (!IsBuiltIn)
            {
                return provider.GetService<ScopedTaskGroup>() ?? (object)provider;
            }

            // A decorator of a scope's provider finds the one that it decorates.
            IServiceProvider? scope = IsOfThePlatform(provider) ? provider : provider.GetService<IServiceProvider>();
            return scope is not null && IsOfThePlatform(scope) ? scope : provider;
        }
        catch (ObjectDisposedException)
        {
            return provider; // a scope that is gone stands for itself; who resolves something in it gets the exception
        }
    }

    /// <summary>Whether a provider is that of the root itself, which also serves the constructors of singletons.</summary>
    public bool IsRoot(IServiceProvider provider) => ReferenceEquals(ScopeOf(provider), ScopeOf(root));

    /// <summary>Finds the group of the request whose scope this is; <see langword="null"/> if it is another kind of scope.</summary>
    public TaskGroup? FindRequestGroup(IServiceProvider provider) => requests?.Find(ScopeOf(provider));

    private static bool IsOfThePlatform(IServiceProvider provider) => provider.GetType().Assembly == typeof(ServiceProvider).Assembly;

    /// <summary>Opens a scope.</summary>
    /// <exception cref="InvalidOperationException">The container has been disposed.</exception>
    public AsyncServiceScope CreateScope()
    {
        try
        {
            return scopes.CreateAsyncScope();
        }
        catch (ObjectDisposedException disposed)
        {
            throw new InvalidOperationException(
                "No scope can be opened for this child: the application has shut down and its container is disposed.", disposed);
        }
    }
}
