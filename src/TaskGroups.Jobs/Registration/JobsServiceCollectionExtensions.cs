using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskGroups.Hosting;
using TaskGroups.Jobs;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds jobs to an application.</summary>
public static class JobsServiceCollectionExtensions
{
    /// <summary>Adds <see cref="IJobs"/>, kinds of jobs with their handlers, and the engine that runs them.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Adds the jobs, and chooses the engine. Without an engine the application does not start.</param>
    /// <returns><paramref name="services"/>. Calling this again adds more jobs.</returns>
    /// <remarks>
    /// <para>Includes <see cref="TaskGroupsServiceCollectionExtensions.AddTaskGroups"/>.</para>
    /// <para>
    /// Jobs run in a background group of the name <c>jobs</c>. Its <c>MaxConcurrency</c> (10) says how many run at the same time on this
    /// node; its budgets are those of their drain:
    /// <c>services.AddBackgroundTaskGroup("jobs", options => options.MaxConcurrency = 20)</c>.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <example>
    /// <code>
    /// builder.Services.AddJobs(jobs =>
    /// {
    ///     jobs.Add&lt;SendReceipt, ReceiptDue&gt;("send-receipt", job => job.MaxAttempts = 3);
    ///     jobs.UseInMemory();
    /// });
    /// </code>
    /// </example>
    public static IServiceCollection AddJobs(this IServiceCollection services, Action<JobsBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        JobRegistry registry = Registered(services);
        configure(new JobsBuilder(services, registry));
        return services;
    }

    private static JobRegistry Registered(IServiceCollection services)
    {
        ServiceDescriptor? known = services.FirstOrDefault(each => !each.IsKeyedService && each.ServiceType == typeof(JobRegistry));
        if (known?.ImplementationInstance is JobRegistry registry)
        {
            return registry;
        }

        registry = new JobRegistry();
        services.AddBackgroundTaskGroup(JobRunner.GroupName, options => options.MaxConcurrency ??= JobRunner.DefaultConcurrency);
        services.AddSingleton(registry);
        services.AddSingleton<IJobEngine>(static _ => throw JobFaults.HasNoEngine()); // the engine that is chosen comes later and wins
        services.TryAddSingleton<JobNode>();
        services.TryAddSingleton<JobMetrics>();
        services.TryAddSingleton<JobRunner>();
        services.TryAddSingleton<IJobs, EngineJobs>();
        services.TryAddSingleton<IJobQueues, JobQueues>();
        services.TryAddSingleton<RecurringJobs>();
        services.AddHostedService<JobsLifecycle>();
        return registry;
    }
}
