using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.Hosting;

/// <summary>What is done to the scope of one child before its service is resolved. Most children have none.</summary>
/// <param name="parent">The scope that started the child; <see langword="null"/> if it is not known or has nothing to copy.</param>
/// <param name="configureScope">What the caller of <c>RunScoped</c> does to the child's scope, after the initializers.</param>
internal sealed class ChildScopeSetup(IServiceProvider? parent, Action<IServiceProvider>? configureScope)
{
    /// <summary>Finds out what a child of <paramref name="group"/> needs. Called where the child is started.</summary>
    public static ChildScopeSetup? For(TaskGroup group, GroupServices services, Action<IServiceProvider>? configureScope)
    {
        IServiceProvider? parent = services.HasInitializers ? ScopeOf(group) : null;
        return parent is null && configureScope is null ? null : new ChildScopeSetup(parent, configureScope);
    }

    /// <summary>Runs the initializers, then the caller's delegate.</summary>
    /// <exception cref="InvalidOperationException">An initializer failed, or the scope that started the child has been
    /// disposed.</exception>
    public void Run(IServiceProvider child, string childName, TaskGroup group)
    {
        if (parent is not null)
        {
            FindInitializers(parent, childName, group).Run(child, childName, group.Name);
        }

        configureScope?.Invoke(child);
    }

    private static ChildScopeInitializers FindInitializers(IServiceProvider parent, string childName, TaskGroup group)
    {
        try
        {
            return parent.GetRequiredService<ChildScopeInitializers>();
        }
        catch (ObjectDisposedException disposed)
        {
            throw new InvalidOperationException(
                $"The scope that started the child '{childName}' of the group '{group.Name}' has been disposed, so the child scope "
                    + "initializers cannot copy from it. Await the child before the scope ends, or start it on IBackgroundTaskGroup with "
                    + "RunScoped(configureScope, work).",
                disposed);
        }
    }

    // A nested group has no scope of its own: it is the one around it that counts.
    private static IServiceProvider? ScopeOf(TaskGroup group)
    {
        for (TaskGroup? each = group; each is not null; each = each.Parent)
        {
            switch (each.Owner)
            {
                case IServiceProvider scope:
                    return scope;
                case IScopeOwner owner:
                    return owner.Scope;
            }
        }

        return null;
    }
}
