using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TaskGroups.Jobs;

/// <summary>The kinds of jobs that this application knows, by name and by payload, and what holds for all of them.</summary>
/// <remarks>Changed while services are registered, and read afterwards.</remarks>
internal sealed class JobRegistry
{
    private readonly Dictionary<string, JobRegistration> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, JobRegistration> _byPayload = [];

    /// <summary>The call that chose the engine; <see langword="null"/> while none has.</summary>
    public string? Engine { get; private set; }

    public int MaxPayloadBytes { get; set; } = 64 * 1024;

    // Web defaults: camel case, and names are read in any case. Properties that are missing or unknown are no error.
    public JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        TypeInfoResolver = JsonSerializer.IsReflectionEnabledByDefault ? UseReflection() : JsonTypeInfoResolver.Combine(),
    };

    public IReadOnlyCollection<JobRegistration> All => _byName.Values;

    public void Add(JobRegistration registration)
    {
        if (_byName.ContainsKey(registration.Name))
        {
            throw new ArgumentException($"There is a job '{registration.Name}' already. Names of jobs are unique: rename one of the two.");
        }

        if (_byPayload.TryGetValue(registration.PayloadType, out JobRegistration? other))
        {
            throw new ArgumentException(
                $"The jobs '{other.Name}' and '{registration.Name}' have the same payload {registration.PayloadType}, which is what says "
                + "which of them to enqueue. Give each a type of its own.");
        }

        _byName.Add(registration.Name, registration);
        _byPayload.Add(registration.PayloadType, registration);
    }

    /// <summary>Notes which call chose the engine.</summary>
    /// <exception cref="InvalidOperationException">Another one has.</exception>
    public void Choose(string engine) => Engine = Engine is null ? engine : throw new InvalidOperationException(
        $"AddJobs has an engine already: {Engine}() was called before {engine}(). Call one of them.");

    /// <summary>Finds a kind of job; <see langword="false"/> if this version of the application does not know it.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out JobRegistration? registration) => _byName.TryGetValue(name, out registration);

    /// <exception cref="InvalidOperationException">No job has this payload.</exception>
    public JobRegistration Find(Type payload) => _byPayload.TryGetValue(payload, out JobRegistration? found)
        ? found
        : throw new InvalidOperationException(
            $"No job is registered for the payload {payload}. Call services.AddJobs(jobs => jobs.Add<Handler, {payload.Name}>(\"name\")).");

    /// <summary>Finds how a payload is written, from <see cref="Json"/>.</summary>
    /// <exception cref="InvalidOperationException">Nothing says how.</exception>
    public JsonTypeInfo<TJob> FindJson<TJob>(string name)
    {
        try
        {
            return (JsonTypeInfo<TJob>)Json.GetTypeInfo(typeof(TJob));
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException)
        {
            throw new InvalidOperationException(
                $"The payload {typeof(TJob)} of the job '{name}' cannot be serialized: {exception.Message} Pass its JsonTypeInfo to Add, "
                + "or put your JsonSerializerContext into SerializerOptions.TypeInfoResolverChain in AddJobs.",
                exception);
        }
    }

    /// <summary>Checks at the start what could not be checked when jobs were added.</summary>
    /// <exception cref="InvalidOperationException">The registration is incomplete; the message says what to add.</exception>
    public void Check()
    {
        if (Engine is null)
        {
            throw JobFaults.HasNoEngine();
        }

        foreach (JobRegistration registration in All)
        {
            registration.Check();
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Not reached where reflection is turned off, as trimming does.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Not reached where reflection is turned off, as native code does.")]
    private static DefaultJsonTypeInfoResolver UseReflection() => new();
}
