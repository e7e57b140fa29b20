using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TaskGroups;
using TaskGroups.AspNetCore;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers request groups.</summary>
public static class RequestTaskGroupsServiceCollectionExtensions
{
    /// <summary>
    /// Makes <see cref="ITaskGroup"/>, injected into what serves a request, the group of that request. Includes
    /// <see cref="TaskGroupsServiceCollectionExtensions.AddTaskGroups"/>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options; called when the application starts. Several calls add up.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>
    /// The groups are joined by the middleware of <c>app.UseRequestTaskGroups()</c>; an application that does not call it fails to start.
    /// The groups of
    /// controllers and pages are joined before the result is executed. Calling this method several times registers everything once.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is <see langword="null"/>.</exception>
    public static IServiceCollection AddRequestTaskGroups(
        this IServiceCollection services,
        Action<RequestTaskGroupOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);

        services.AddRequestGroups();
        services.TryAddSingleton<MiddlewareDemand>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return services;
    }

    /// <summary>The same, with options from configuration: <c>builder.Configuration.GetSection("TaskGroups:Requests")</c>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="section">
    /// The section, whose keys are the properties of <see cref="RequestTaskGroupOptions"/>: <c>DefaultTimeout</c>, <c>MaxChildren</c>,
    /// <c>MapEndings</c>, <c>ShutdownGrace</c>, <c>DefaultPolicy</c>, <c>Policies</c> with a policy below each name, and
    /// <c>IncomingDeadline</c> with the properties of <see cref="IncomingDeadlineOptions"/> but <c>IsTrusted</c>. Times are written
    /// <c>"00:00:02"</c> or <c>"Infinite"</c>.
    /// </param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>
    /// Read once, when the application starts. An unknown key, or a value that cannot be, fails the start with an error that names the key.
    /// A call with code beside this one changes what is set here if it comes later.
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public static IServiceCollection AddRequestTaskGroups(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);

        services.AddRequestTaskGroups();
        return services.AddSingleton<IConfigureOptions<RequestTaskGroupOptions>>(new RequestTaskGroupConfiguration(section));
    }

    /// <summary>The same, where what serves the endpoints joins the groups, and the middleware is not needed.</summary>
    internal static IServiceCollection AddRequestGroups(this IServiceCollection services)
    {
        services.AddTaskGroups();
        services.TryAddSingleton<RequestGroupObserver>();
        services.TryAddSingleton<EndpointSettingsCache>();
        services.TryAddSingleton<DefaultTimeoutWatch>();
        services.TryAddSingleton<RequestGroupFactory>();
        services.TryAddSingleton<IncomingDeadlines>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, MiddlewareStartupFilter>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, EndpointChecks>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<MvcOptions>, TaskGroupMvcFilter>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<ProblemDetailsOptions>, FailedChildDetails>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IApiDescriptionProvider, EndingResponses>());
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<RequestTaskGroupOptions>, RequestTaskGroupOptionsValidator>());
        services.AddOptions<RequestTaskGroupOptions>().ValidateOnStart();
        services.TryAddSingleton<SnapshotCache>();
        services.TryAddSingleton<HistoryCache>();
        services.TryAddSingleton<GuardedEndpoints>();
        services.TryAddSingleton<LivePage>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, GuardedEndpointsCheck>());
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<TaskGroupsPageOptions>, TaskGroupsPageOptionsValidator>());
        services.AddHostedService<RequestShutdown>();
        return services;
    }
}
