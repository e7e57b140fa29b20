using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskGroups;
using TaskGroups.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Says what the scopes of children take over from the scope that started them.</summary>
public static class ChildScopeServiceCollectionExtensions
{
    /// <summary>
    /// Adds a delegate that copies state from a scope to the scopes of the children that it starts with <c>RunScoped</c>: the tenant, the
    /// user, a correlation id.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="initialize">
    /// Is given the services of the scope that started the child, and those of the child's scope. It runs on the child's thread, before the
    /// child's service is resolved. For one parent scope it runs for one child at a time, so it must not wait for another child.
    /// </param>
    /// <param name="name">What messages call the delegate. The default is its text.</param>
    /// <returns><paramref name="services"/>. Each call adds one more; they run in the order of their registration.</returns>
    /// <remarks>
    /// <para>
    /// It runs for every scope that <c>RunScoped</c> makes from a scope that it knows: that of a request, one made by hand, that of another
    /// child. The children of <see cref="IBackgroundTaskGroup"/> have no such scope, since the request that started them may be gone: give
    /// those what they need with
    /// <see cref="TaskGroupHostingExtensions.RunScoped{TService}(ITaskGroup, Action{IServiceProvider}, Func{TService, CancellationToken,
    /// Task}, string?)"/>.
    /// </para>
    /// <para>If it throws, the child fails with an <see cref="InvalidOperationException"/> that names the initializer.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="services"/> or <paramref name="initialize"/> is <see langword="null"/>.
    /// </exception>
    public static IServiceCollection AddChildScopeInitializer(
        this IServiceCollection services,
        Action<IServiceProvider, IServiceProvider> initialize,
        [CallerArgumentExpression(nameof(initialize))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(initialize);
        services.AddSingleton(new ChildScopeInitializer(initialize, DisplayName.ForChild(name)));
        services.TryAddScoped<ChildScopeInitializers>();
        return services;
    }
}
