using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>Registers kinds of jobs, and chooses the engine that keeps and runs them.</summary>
/// <remarks>Used in <c>AddJobs</c>. Not thread-safe.</remarks>
public sealed class JobsBuilder
{
    private const int MaxNameLength = 100;

    internal JobsBuilder(IServiceCollection services, JobRegistry registry)
    {
        Services = services;
        Registry = registry;
    }

    /// <summary>The application's services: for packages that bring an engine.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The largest payload, as JSON in UTF-8.</summary>
    /// <value>At least 2 bytes; the default is 65,536 (64 KiB).</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 2.</exception>
    public int MaxPayloadBytes
    {
        get => Registry.MaxPayloadBytes;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2);
            Registry.MaxPayloadBytes = value;
        }
    }

    /// <summary>How payloads are written and read.</summary>
    /// <value>
    /// The defaults of the web: camel case, names in any case; properties that are missing or unknown are no error. For trimmed and
    /// native applications insert a source-generated context into its <c>TypeInfoResolverChain</c>.
    /// </value>
    public JsonSerializerOptions SerializerOptions => Registry.Json;

    internal JobRegistry Registry { get; }

    /// <summary>Adds a kind of job.</summary>
    /// <typeparam name="THandler">The handler. It is resolved from the scope of each attempt; registered as transient unless it is
    /// registered already.</typeparam>
    /// <typeparam name="TJob">The payload: a type that no other job has.</typeparam>
    /// <param name="name">
    /// What the job is called in the store, in logs and metrics: 1 to 100 characters, without control and bidirectional ones, not blank. It
    /// outlives the types' names: change those at will, and this never.
    /// </param>
    /// <param name="configure">Configures the job.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">
    /// The name is not valid or taken, another job has the same payload, or an option is out of its range.
    /// </exception>
    public JobsBuilder Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, TJob>(
        string name, Action<JobOptions>? configure = null)
        where THandler : class, IJobHandler<TJob>
        where TJob : notnull
    {
        JobRegistry registry = Registry;
        return Add<THandler, TJob>(name, () => registry.FindJson<TJob>(name), configure);
    }

    /// <summary>Adds a kind of job whose payload is written by source-generated code.</summary>
    /// <param name="name">
    /// <inheritdoc cref="Add{THandler, TJob}(string, Action{JobOptions}?)" path="/param[@name='name']"/>
    /// </param>
    /// <param name="json">How the payload is written, for example <c>ShopJson.Default.ReceiptDue</c>.</param>
    /// <param name="configure">Configures the job.</param>
    /// <inheritdoc cref="Add{THandler, TJob}(string, Action{JobOptions}?)"/>
    public JobsBuilder Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, TJob>(
        string name, JsonTypeInfo<TJob> json, Action<JobOptions>? configure = null)
        where THandler : class, IJobHandler<TJob>
        where TJob : notnull
    {
        ArgumentNullException.ThrowIfNull(json);
        return Add<THandler, TJob>(name, () => json, configure);
    }

    /// <summary>
    /// Keeps jobs in memory: for tests, and for work that may be lost with the process. What waits or runs at a crash is gone; a stop
    /// drains it.
    /// </summary>
    /// <returns>This builder.</returns>
    /// <exception cref="InvalidOperationException">An engine has been chosen already.</exception>
    public JobsBuilder UseInMemory()
    {
        Registry.Choose(nameof(UseInMemory));
        Services.AddSingleton<IJobEngine, InMemoryEngine>();
        return this;
    }

    private JobsBuilder Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, TJob>(
        string name, Func<JsonTypeInfo<TJob>> findJson, Action<JobOptions>? configure)
        where THandler : class, IJobHandler<TJob>
        where TJob : notnull
    {
        GivenName.Check(name, "a job", "jobs.Add<SendReceipt, ReceiptDue>(\"send-receipt\")", MaxNameLength);
        var options = new JobOptions();
        configure?.Invoke(options);
        options.Check(name);
        Registry.Add(new JobRegistration<THandler, TJob>(name, options, findJson));
        Services.TryAddTransient<THandler>();
        return this;
    }
}
