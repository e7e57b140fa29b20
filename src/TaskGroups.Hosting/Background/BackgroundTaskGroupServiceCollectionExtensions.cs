using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds background groups beside the default one.</summary>
public static class BackgroundTaskGroupServiceCollectionExtensions
{
    internal static readonly string[] Keys =
    [
        nameof(BackgroundTaskGroupOptions.MaxConcurrency),
        nameof(BackgroundTaskGroupOptions.MaxWaiting),
        nameof(BackgroundTaskGroupOptions.DrainTimeout),
        nameof(BackgroundTaskGroupOptions.CancelTimeout),
        nameof(BackgroundTaskGroupOptions.FailureBehavior),
        nameof(BackgroundTaskGroupOptions.Flow),
    ];

    /// <summary>
    /// Adds a background group with a name, limits, budgets and failure behavior of its own. Services take it by its key:
    /// <c>[FromKeyedServices("emails")] IBackgroundTaskGroup</c>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">
    /// 1 to 128 characters, without control and bidirectional characters, without <c>=&gt;</c> and double quotes, not blank; compared with
    /// its case. The name <c>background</c> is that of the group which
    /// <see cref="TaskGroupsServiceCollectionExtensions.AddTaskGroups"/> adds, and configures that one.
    /// </param>
    /// <param name="configure">
    /// Configures the group. The options are validated when the host starts, which fails with an <see cref="OptionsValidationException"/>
    /// that names each bad property.
    /// </param>
    /// <returns><paramref name="services"/>. Calling this again with the same name adds nothing but <paramref name="configure"/>.</returns>
    /// <remarks>
    /// <para>Includes <see cref="TaskGroupsServiceCollectionExtensions.AddTaskGroups"/>.</para>
    /// <para>
    /// All background groups are drained side by side: the drain takes as long as the group that takes longest. Asking for a key that was
    /// not added is an <see cref="InvalidOperationException"/> that lists the known ones.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="services"/> or <paramref name="name"/> is <see langword="null"/>.
    /// </exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not a valid name; the message says why.</exception>
    public static IServiceCollection AddBackgroundTaskGroup(
        this IServiceCollection services, string name, Action<BackgroundTaskGroupOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<BackgroundTaskGroupOptions> options = Add(services, name, sectionPath: null);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        return services;
    }

    /// <summary>Adds a background group that takes its settings from a section of the configuration.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name"><inheritdoc
    /// cref="AddBackgroundTaskGroup(IServiceCollection, string, Action{BackgroundTaskGroupOptions}?)" path="/param[@name='name']"/></param>
    /// <param name="section">
    /// For example <c>configuration.GetSection("TaskGroups:Background:emails")</c>, with the names of the properties of
    /// <see cref="BackgroundTaskGroupOptions"/> as keys. Read when the host starts. A section that does not exist leaves the defaults. A
    /// key that is not the name of a property, or a value that cannot be read, fails the start with an exception that names the key.
    /// </param>
    /// <returns><paramref name="services"/>. Calling this again with the same name adds up.</returns>
    /// <inheritdoc cref="AddBackgroundTaskGroup(IServiceCollection, string, Action{BackgroundTaskGroupOptions}?)" path="/remarks"/>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not a valid name; the message says why.</exception>
    public static IServiceCollection AddBackgroundTaskGroup(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        Add(services, name, (section as IConfigurationSection)?.Path).Configure(_ => CheckKeys(section)).Bind(section);
        return services;
    }

    private static OptionsBuilder<BackgroundTaskGroupOptions> Add(IServiceCollection services, string name, string? sectionPath)
    {
        GivenName.Check(name, "a background group", "services.AddBackgroundTaskGroup(\"emails\")");
        services.AddTaskGroups();
        services.AddSingleton(new BackgroundGroupRegistration(name, sectionPath));
        services.TryAddKeyedSingleton<IBackgroundTaskGroup>(
            name, static (provider, key) => provider.GetRequiredService<BackgroundGroups>().Find(key));
        return services.AddOptions<BackgroundTaskGroupOptions>(BackgroundGroups.OptionsNameOf(name)).ValidateOnStart();
    }

    // The binder's own check names the last part of the key only.
    private static void CheckKeys(IConfiguration section)
    {
        string[] unknown = [.. section.GetChildren()
            .Where(each => !Keys.Contains(each.Key, StringComparer.OrdinalIgnoreCase))
            .Select(each => each.Path)];
        if (unknown.Length > 0)
        {
            throw new InvalidOperationException(
                $"{string.Join(", ", unknown)}: no setting of a background group. Known keys: {string.Join(", ", Keys)}.");
        }
    }
}
