using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a health check of the application's task groups.</summary>
public static class TaskGroupsHealthChecksBuilderExtensions
{
    private static readonly string[] DefaultTags = ["ready"];

    /// <summary>Adds a check that says whether the application can take work, and which groups keep it from that.</summary>
    /// <param name="builder">What <c>AddHealthChecks</c> returns.</param>
    /// <param name="name">The name of the check. Unique in the application.</param>
    /// <param name="failureStatus">
    /// What is reported while the application drains or is not ready; <see langword="null"/> (the default):
    /// <see cref="HealthStatus.Unhealthy"/>.
    /// </param>
    /// <param name="tags">Tags to select the check by; <see langword="null"/> (the default): <c>ready</c>.</param>
    /// <param name="timeout">How long one check may take; <see langword="null"/> (the default): no limit.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>
    /// <list type="table">
    /// <listheader><term>Key of the data</term><description>Meaning of its names</description></listheader>
    /// <item><term>draining</term><description>Failed: the host stops; the background groups.</description></item>
    /// <item><term>notReady</term><description>Failed: background tasks that hold readiness back and have not called
    /// <see cref="IStartSignal.Started"/>.</description></item>
    /// <item><term>saturated</term><description>Degraded: background groups in which 80 % of
    /// <see cref="BackgroundTaskGroupOptions.MaxWaiting"/> are used; or, where that is 0, every slot.</description></item>
    /// <item><term>straggling</term><description>Degraded: children that still run 5 s after they were canceled.</description></item>
    /// <item><term>givenUp</term><description>Degraded: supervised children that their pipeline starts no more.</description></item>
    /// </list>
    /// <para>It includes <c>AddTaskGroups</c> of the services.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="builder"/> or <paramref name="name"/> is <see langword="null"/>.
    /// </exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or white space.</exception>
    /// <exception cref="InvalidOperationException">
    /// This method was called with the same name before. If another check has the name, the host does not start.
    /// </exception>
    public static IHealthChecksBuilder AddTaskGroups(
        this IHealthChecksBuilder builder,
        string name = "taskgroups",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (builder.Services.Any(each => each.ImplementationInstance is HealthCheckName known && known.Equals(name)))
        {
            throw new InvalidOperationException(HealthCheckName.Duplicate(name));
        }

        builder.Services.AddTaskGroups();
        builder.Services.AddSingleton(new HealthCheckName(name));
        builder.Services.AddOptions<HealthCheckServiceOptions>().ValidateOnStart();
        builder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<HealthCheckServiceOptions>, HealthCheckNameValidator>());
        builder.Services.TryAddSingleton<TaskGroupsHealthCheck>();
        return builder.Add(new HealthCheckRegistration(
            name,
            static provider => provider.GetRequiredService<TaskGroupsHealthCheck>(),
            failureStatus,
            tags ?? DefaultTags,
            timeout));
    }
}
