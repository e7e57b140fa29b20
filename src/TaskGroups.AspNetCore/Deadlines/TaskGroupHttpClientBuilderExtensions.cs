using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using TaskGroups;
using TaskGroups.AspNetCore;
using TaskGroups.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds deadlines to HTTP clients.</summary>
public static class TaskGroupHttpClientBuilderExtensions
{
    /// <summary>
    /// Tells the services that this client calls how long the current group waits for them, in a header that is written for each attempt.
    /// </summary>
    /// <param name="builder">The client. From <c>ConfigureHttpClientDefaults</c>: all clients.</param>
    /// <param name="configure">Changes the options. Several calls add up.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>
    /// <para>
    /// The current group is that of the running child, else of the nested group or the request whose body runs. What counts is its
    /// <see cref="ITaskGroup.RemainingTime"/>; a group without a limit sends nothing, nor does code outside of the application's groups.
    /// The time in the header is relative, so the clocks of the two machines need not agree.
    /// </para>
    /// <para>
    /// The handler is the innermost of the client, whatever the order of registration: retries and hedging outside of it share the time
    /// that is left. Once nothing is left, no call is made: it ends with a <see cref="TimeoutException"/>, and the group whose limit it is
    /// is canceled as <see cref="CancellationReason.TimedOut"/>; the request of such a group is answered with 504.
    /// </para>
    /// <para>
    /// The header goes to the client's base address, or to <see cref="OutgoingDeadlineOptions.Hosts"/>, and to no other host. A client
    /// whose primary handler follows redirects sends none; see <see cref="OutgoingDeadlineOptions.AllowRedirects"/>. Includes
    /// <see cref="TaskGroupsServiceCollectionExtensions.AddTaskGroups"/>.
    /// </para>
    /// </remarks>
    /// <example>
    /// <code>
    /// builder.Services.AddHttpClient&lt;Prices&gt;(http => http.BaseAddress = new Uri("https://prices.internal/"))
    ///     .UseSocketsHttpHandler((handler, _) => handler.AllowAutoRedirect = false)
    ///     .AddTaskGroupDeadline();
    /// </code>
    /// </example>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    public static IHttpClientBuilder AddTaskGroupDeadline(
        this IHttpClientBuilder builder, Action<OutgoingDeadlineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);

        IServiceCollection services = builder.Services.AddTaskGroups();
        services.TryAddSingleton<CurrentGroup>();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IPostConfigureOptions<HttpClientFactoryOptions>, OutgoingDeadlineSetup>());
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<OutgoingDeadlineOptions>, OutgoingDeadlineOptionsValidator>());
        services.AddOptions<OutgoingDeadlineOptions>(builder.Name).ValidateOnStart();
        services.Configure<OutgoingDeadlineOptions>(builder.Name, static options => options.IsAdded = true);
        if (configure is not null)
        {
            services.Configure(builder.Name, configure);
        }

        return builder;
    }
}
