using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TaskGroups;
using TaskGroups.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds task groups to an application.</summary>
public static class TaskGroupsServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="ITaskGroup"/>, a group per scope, and <see cref="IBackgroundTaskGroup"/>, the application's group for background
    /// work, which
    /// is drained when the host stops.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configureDefault">
    /// Configures the background group. The options are validated when the host starts, which fails with an
    /// <see cref="OptionsValidationException"/> that names each bad property.
    /// </param>
    /// <returns><paramref name="services"/>. Calling this again adds nothing but <paramref name="configureDefault"/>.</returns>
    /// <remarks>
    /// <para>
    /// A scope made by hand joins its group when it is disposed asynchronously: services that were resolved before the group are
    /// disposed after the join. A synchronous disposal cancels the group and does not wait.
    /// </para>
    /// <para>Groups use the <see cref="TimeProvider"/> that is registered, else the system's.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is <see langword="null"/>.</exception>
    public static IServiceCollection AddTaskGroups(
        this IServiceCollection services,
        Action<BackgroundTaskGroupOptions>? configureDefault = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddLogging();
        services.AddOptions<BackgroundTaskGroupOptions>().ValidateOnStart();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<BackgroundTaskGroupOptions>, BackgroundTaskGroupOptionsValidator>());
        if (configureDefault is not null)
        {
            services.Configure(configureDefault);
        }

        services.AddMetrics();
        services.AddOptions<TaskGroupsTelemetryOptions>().ValidateOnStart();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<TaskGroupsTelemetryOptions>, TaskGroupsTelemetryOptionsValidator>());
        services.TryAddSingleton<GroupMetrics>();
        services.TryAddSingleton<TelemetryObserver>();
        services.TryAddSingleton<GroupHistory>();
        services.TryAddSingleton<ProcessSnapshotBuilder>();
        services.TryAddSingleton<ChildGauges>();
        services.TryAddSingleton<GroupServices>();
        services.TryAddSingleton<ApplicationGroups>();
        services.TryAddSingleton<UnobservedGroups>();
        services.TryAddSingleton<SlotWatch>();
        services.TryAddSingleton<ITaskGroupFactory, TaskGroupFactory>();
        services.TryAddSingleton<BackgroundGroups>();
        services.TryAddSingleton<Readiness>();
        services.TryAddSingleton<IBackgroundTaskGroup>(static provider => provider.GetRequiredService<BackgroundGroups>().Default);

        // For every key that has no registration of its own: the default group, or an error that lists the known names.
        services.TryAddKeyedSingleton<IBackgroundTaskGroup>(
            KeyedService.AnyKey, static (provider, key) => provider.GetRequiredService<BackgroundGroups>().Find(key));
        services.TryAddScoped<ScopedGroupHolder>();
        services.TryAddScoped<ScopedTaskGroup>();
        services.TryAddScoped(ScopedTaskGroup.Factory);
        services.AddHostedService<TaskGroupsLifecycle>();
        return services;
    }
}
