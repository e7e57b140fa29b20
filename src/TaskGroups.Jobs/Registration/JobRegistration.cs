using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.Jobs;

/// <summary>One kind of job: its name, its payload, its handler, its options.</summary>
internal abstract class JobRegistration(string name, JobOptions options)
{
    public string Name => name;

    public JobOptions Options => options;

    /// <summary>The type of the payload, which finds the registration when a job is enqueued.</summary>
    public abstract Type PayloadType { get; }

    /// <summary>Serializes a payload.</summary>
    /// <exception cref="ArgumentException">It cannot be serialized, or is larger than <paramref name="maxBytes"/>.</exception>
    public abstract string Write(object payload, int maxBytes);

    /// <summary>Reads the payload, takes the handler from the scope, and invokes it.</summary>
    public abstract Task InvokeAsync(IServiceProvider scope, string payload, JobContext context, CancellationToken cancellationToken);

    /// <summary>Finds out at the start whether payloads can be read at all.</summary>
    /// <exception cref="InvalidOperationException">They cannot; the message says what to add.</exception>
    public abstract void Check();
}

/// <inheritdoc/>
internal sealed class JobRegistration<THandler, TJob>(string name, JobOptions options, Func<JsonTypeInfo<TJob>> findJson)
    : JobRegistration(name, options)
    where THandler : class, IJobHandler<TJob>
    where TJob : notnull
{
    private readonly Lazy<JsonTypeInfo<TJob>> _json = new(findJson);

    public override Type PayloadType => typeof(TJob);

    public override string Write(object payload, int maxBytes)
    {
        string text;
        try
        {
            text = JsonSerializer.Serialize((TJob)payload, _json.Value);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new ArgumentException(
                $"The payload of the job '{Name}' cannot be serialized as JSON: {exception.Message}", nameof(payload), exception);
        }

        int bytes = Encoding.UTF8.GetByteCount(text);
        return bytes <= maxBytes ? text : throw new ArgumentException(
            $"The payload of the job '{Name}' has {bytes:N0} bytes as JSON, and {maxBytes:N0} are allowed. Store the data, and enqueue "
            + "what finds it; or raise MaxPayloadBytes in AddJobs.",
            nameof(payload));
    }

    public override Task InvokeAsync(IServiceProvider scope, string payload, JobContext context, CancellationToken cancellationToken)
    {
        TJob job = Read(payload);
        return scope.GetRequiredService<THandler>().RunAsync(job, context, cancellationToken)
            ?? throw new InvalidOperationException($"The handler of the job '{Name}' returned null instead of a task.");
    }

    public override void Check()
    {
        _ = _json.Value;
        if (Options.Schedule is not null)
        {
            try
            {
                Read("{}");
            }
            catch (JsonException exception)
            {
                throw new InvalidOperationException(
                    $"The recurring job '{Name}' has a payload that an empty JSON object does not make: {exception.Message} Give "
                    + $"{typeof(TJob)} properties with defaults only.",
                    exception);
            }
        }
    }

    private TJob Read(string payload) => JsonSerializer.Deserialize(payload, _json.Value)
        ?? throw new JsonException($"The payload of the job '{Name}' is null.");
}
