using System.Text.Json;
using System.Text.Json.Serialization;

namespace TaskGroups.Jobs;

/// <summary>Writes a <see cref="JobId"/> as a JSON string, and reads it back.</summary>
public sealed class JobIdJsonConverter : JsonConverter<JobId>
{
    /// <inheritdoc/>
    /// <exception cref="JsonException">The text is no id.</exception>
    public override JobId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JobId.TryParse(reader.GetString(), null, out JobId id)
            ? id
            : throw new JsonException("This is not the id of a job: 1 to 200 printable characters.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, JobId value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.Value);
    }
}
