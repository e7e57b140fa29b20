using System.Runtime.CompilerServices;

namespace TaskGroups.Hosting;

// Children with a DI scope of their own.
public static partial class TaskGroupHostingExtensions
{
    /// <summary>Starts a child that has a DI scope of its own: what <paramref name="work"/> is given belongs to this child alone.</summary>
    /// <typeparam name="TService">The service to resolve from the child's scope, for example a <c>DbContext</c>.</typeparam>
    /// <param name="group">A group from dependency injection, or one nested in such a group.</param>
    /// <param name="work">The work of the child.</param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns>
    /// The child's outcome, as with <see cref="ITaskGroup.Run(Func{CancellationToken, Task}, string?)"/>. It need not be awaited.
    /// </returns>
    /// <remarks>
    /// <para>
    /// The scope comes from the root container, so it is empty: what was set in the scope that starts the child, such as a tenant or a
    /// user, is there only if an initializer copies it, see
    /// <see cref="Microsoft.Extensions.DependencyInjection.ChildScopeServiceCollectionExtensions.AddChildScopeInitializer"/>. Initializers
    /// do not run for the children of <see cref="IBackgroundTaskGroup"/>; use the overload with a delegate for the scope there.
    /// </para>
    /// <para>
    /// The scope's <see cref="ITaskGroup"/> is nested in <paramref name="group"/>. When the work has ended, the scope's group is joined,
    /// and then the scope is disposed; the child ends after that. If the disposal fails, that is the child's failure; if the work has
    /// failed before, the disposal's failure is logged and the work's is thrown.
    /// </para>
    /// <para>
    /// With explicit parameter types nothing else need be spelled out: <c>tasks.RunScoped((Db db, CancellationToken ct) => ...)</c>.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="group"/> or <paramref name="work"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// The group does not come from dependency injection; or it has completed; or it is a background group whose drain has begun.
    /// </exception>
    /// <exception cref="TaskGroupFullException">The group takes no more waiting children.</exception>
    public static Task RunScoped<TService>(
        this ITaskGroup group, Func<TService, CancellationToken, Task> work, [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService : notnull =>
        StartScoped(group, null, work, name);

    /// <summary>Starts a child that has a DI scope of its own and yields a value.</summary>
    /// <typeparam name="TService">The service to resolve from the child's scope, for example a <c>DbContext</c>.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <inheritdoc cref="RunScoped{TService}(ITaskGroup, Func{TService, CancellationToken, Task}, string?)"/>
    public static Task<TResult> RunScoped<TService, TResult>(
        this ITaskGroup group,
        Func<TService, CancellationToken, Task<TResult>> work,
        [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService : notnull =>
        StartScoped(group, null, work, name);

    /// <summary>
    /// Starts a child that has a DI scope of its own, which <paramref name="configureScope"/> prepares: for background work, where the
    /// scope that started the child may be gone.
    /// </summary>
    /// <typeparam name="TService">The service to resolve from the child's scope, for example a <c>DbContext</c>.</typeparam>
    /// <param name="group">A group from dependency injection, or one nested in such a group.</param>
    /// <param name="configureScope">
    /// Is given the services of the child's scope, on the child's thread, after the initializers and before the service is resolved. It
    /// puts values there that the caller read before, such as the id of a tenant; services of the caller's own scope must not be used in
    /// it, since that scope may be gone by then. If it throws, that is the child's failure. It is synchronous.
    /// </param>
    /// <param name="work">The work of the child.</param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="name"/> is <see langword="null"/>.</exception>
    /// <inheritdoc cref="RunScoped{TService}(ITaskGroup, Func{TService, CancellationToken, Task}, string?)"/>
    public static Task RunScoped<TService>(
        this ITaskGroup group,
        Action<IServiceProvider> configureScope,
        Func<TService, CancellationToken, Task> work,
        [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(configureScope);
        return StartScoped(group, configureScope, work, name);
    }

    /// <summary>
    /// Starts a child that has a DI scope of its own, which <paramref name="configureScope"/> prepares, and yields a value.
    /// </summary>
    /// <typeparam name="TService">The service to resolve from the child's scope, for example a <c>DbContext</c>.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <inheritdoc cref="RunScoped{TService}(ITaskGroup, Action{IServiceProvider}, Func{TService, CancellationToken, Task}, string?)"/>
    public static Task<TResult> RunScoped<TService, TResult>(
        this ITaskGroup group,
        Action<IServiceProvider> configureScope,
        Func<TService, CancellationToken, Task<TResult>> work,
        [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(configureScope);
        return StartScoped(group, configureScope, work, name);
    }

    private static Task StartScoped<TService>(
        ITaskGroup group, Action<IServiceProvider>? configureScope, Func<TService, CancellationToken, Task> work, string? name)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work);
        return group is BackgroundTaskGroup background
            ? background.RunIn((generation, ct) => ScopedChild.Of(generation, configureScope, name).RunAsync(work, ct), name)
            : ScopedChild.Of(group, configureScope, name).Start(work);
    }

    private static Task<TResult> StartScoped<TService, TResult>(
        ITaskGroup group, Action<IServiceProvider>? configureScope, Func<TService, CancellationToken, Task<TResult>> work, string? name)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work);
        return group is BackgroundTaskGroup background
            ? background.RunIn((generation, ct) => ScopedChild.Of(generation, configureScope, name).RunAsync(work, ct), name)
            : ScopedChild.Of(group, configureScope, name).Start(work);
    }
}
