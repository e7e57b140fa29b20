using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Polly;
using TaskGroups;
using TaskGroups.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds background children that start with the host.</summary>
public static class BackgroundTaskServiceCollectionExtensions
{
    /// <summary>Adds a background child that is started with the host, runs once, and has a DI scope of its own.</summary>
    /// <typeparam name="TService">The service that does the work, resolved from the child's scope.</typeparam>
    /// <param name="services">The application's services.</param>
    /// <param name="work">
    /// The work. Its token fires when the group is canceled; a service that lives as long as the application watches
    /// <see cref="ITaskGroup.StoppingToken"/> of an injected group as well.
    /// </param>
    /// <param name="group">
    /// The name of the background group, which <c>AddBackgroundTaskGroup</c> adds; <see langword="null"/> for the default one. A name that
    /// was not added fails the start of the host with an <see cref="InvalidOperationException"/> that lists the known ones.
    /// </param>
    /// <param name="holdsReadiness">
    /// Whether the application is not ready before the child has called <see cref="IStartSignal.Started"/>, or has ended.
    /// </param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns><paramref name="services"/>. Each call adds one more child.</returns>
    /// <remarks>
    /// <para>
    /// Includes <see cref="TaskGroupsServiceCollectionExtensions.AddTaskGroups"/>. The child starts where the call stands among the hosted
    /// services; the start of the host does not wait for it. At shutdown it is drained like any child of its group.
    /// </para>
    /// <para>
    /// A failure of the child is what any failure in its group is: see <see cref="BackgroundTaskGroupOptions.FailureBehavior"/>.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="services"/> or <paramref name="work"/> is <see langword="null"/>.
    /// </exception>
    public static IServiceCollection AddBackgroundTask<TService>(
        this IServiceCollection services,
        Func<TService, CancellationToken, Task> work,
        string? group = null,
        bool holdsReadiness = false,
        [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(work);
        return Add(services, new BackgroundTaskRegistration<TService>(work, null, group, holdsReadiness, DisplayName.ForChild(name)));
    }

    /// <summary>
    /// Adds a background child that is started with the host, and started again by a resilience pipeline when it ends. Every run has a DI
    /// scope of its own.
    /// </summary>
    /// <typeparam name="TService">The service that does the work, resolved from the scope of the run.</typeparam>
    /// <param name="services">The application's services.</param>
    /// <param name="work">The work of one run, as with the other overload.</param>
    /// <param name="restart">
    /// Decides whether and when the work is started again; see <see cref="BackgroundTaskGroupExtensions.Supervise"/>.
    /// </param>
    /// <param name="group">The name of the background group, as with the other overload.</param>
    /// <param name="holdsReadiness">
    /// Whether the application is not ready before the child has called <see cref="IStartSignal.Started"/>, or has ended for good.
    /// </param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns><paramref name="services"/>. Each call adds one more child.</returns>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="services"/>, <paramref name="work"/> or <paramref name="restart"/> is <see langword="null"/>.
    /// </exception>
    public static IServiceCollection AddBackgroundTask<TService>(
        this IServiceCollection services,
        Func<TService, CancellationToken, Task> work,
        ResiliencePipeline restart,
        string? group = null,
        bool holdsReadiness = false,
        [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(restart);
        return Add(services, new BackgroundTaskRegistration<TService>(work, restart, group, holdsReadiness, DisplayName.ForChild(name)));
    }

    private static IServiceCollection Add<TService>(IServiceCollection services, BackgroundTaskRegistration<TService> registration)
        where TService : notnull
    {
        services.AddTaskGroups();
        services.TryAddScoped<StartSignal>();
        services.TryAddScoped<IStartSignal>(static provider => provider.GetRequiredService<StartSignal>());

        // Not AddHostedService, which drops the second of two services of one type.
        return services.AddSingleton<IHostedService>(provider => new BackgroundTask<TService>(
            provider.GetRequiredService<BackgroundGroups>(), provider.GetRequiredService<Readiness>(), registration));
    }
}
