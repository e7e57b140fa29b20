using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.Hosting;

// Children with a DI scope of their own that need several services of it.
public static partial class TaskGroupHostingExtensions
{
    /// <summary>
    /// Starts a child that has a DI scope of its own and needs two services of it; they are resolved in their order.
    /// </summary>
    /// <typeparam name="TService1">The first service.</typeparam>
    /// <typeparam name="TService2">The second service.</typeparam>
    /// <inheritdoc cref="RunScoped{TService}(ITaskGroup, Func{TService, CancellationToken, Task}, string?)"/>
    public static Task RunScoped<TService1, TService2>(
        this ITaskGroup group,
        Func<TService1, TService2, CancellationToken, Task> work,
        [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService1 : notnull
        where TService2 : notnull
    {
        ArgumentNullException.ThrowIfNull(work);
        return StartScoped(
            group,
            null,
            (IServiceProvider scope, CancellationToken cancellationToken) => work(
                scope.GetRequiredService<TService1>(),
                scope.GetRequiredService<TService2>(),
                cancellationToken),
            name);
    }

    /// <summary>
    /// Starts a child that has a DI scope of its own and needs two services of it, and yields a value; they are resolved in their order.
    /// </summary>
    /// <typeparam name="TService1">The first service.</typeparam>
    /// <typeparam name="TService2">The second service.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <inheritdoc cref="RunScoped{TService}(ITaskGroup, Func{TService, CancellationToken, Task}, string?)"/>
    public static Task<TResult> RunScoped<TService1, TService2, TResult>(
        this ITaskGroup group,
        Func<TService1, TService2, CancellationToken, Task<TResult>> work,
        [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService1 : notnull
        where TService2 : notnull
    {
        ArgumentNullException.ThrowIfNull(work);
        return StartScoped(
            group,
            null,
            (IServiceProvider scope, CancellationToken cancellationToken) => work(
                scope.GetRequiredService<TService1>(),
                scope.GetRequiredService<TService2>(),
                cancellationToken),
            name);
    }

    /// <summary>
    /// Starts a child that has a DI scope of its own and needs three services of it; they are resolved in their order.
    /// </summary>
    /// <typeparam name="TService1">The first service.</typeparam>
    /// <typeparam name="TService2">The second service.</typeparam>
    /// <typeparam name="TService3">The third service.</typeparam>
    /// <inheritdoc cref="RunScoped{TService}(ITaskGroup, Func{TService, CancellationToken, Task}, string?)"/>
    public static Task RunScoped<TService1, TService2, TService3>(
        this ITaskGroup group,
        Func<TService1, TService2, TService3, CancellationToken, Task> work,
        [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService1 : notnull
        where TService2 : notnull
        where TService3 : notnull
    {
        ArgumentNullException.ThrowIfNull(work);
        return StartScoped(
            group,
            null,
            (IServiceProvider scope, CancellationToken cancellationToken) => work(
                scope.GetRequiredService<TService1>(),
                scope.GetRequiredService<TService2>(),
                scope.GetRequiredService<TService3>(),
                cancellationToken),
            name);
    }

    /// <summary>
    /// Starts a child that has a DI scope of its own and needs three services of it, and yields a value; they are resolved in their order.
    /// </summary>
    /// <typeparam name="TService1">The first service.</typeparam>
    /// <typeparam name="TService2">The second service.</typeparam>
    /// <typeparam name="TService3">The third service.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <inheritdoc cref="RunScoped{TService}(ITaskGroup, Func{TService, CancellationToken, Task}, string?)"/>
    public static Task<TResult> RunScoped<TService1, TService2, TService3, TResult>(
        this ITaskGroup group,
        Func<TService1, TService2, TService3, CancellationToken, Task<TResult>> work,
        [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService1 : notnull
        where TService2 : notnull
        where TService3 : notnull
    {
        ArgumentNullException.ThrowIfNull(work);
        return StartScoped(
            group,
            null,
            (IServiceProvider scope, CancellationToken cancellationToken) => work(
                scope.GetRequiredService<TService1>(),
                scope.GetRequiredService<TService2>(),
                scope.GetRequiredService<TService3>(),
                cancellationToken),
            name);
    }
}
