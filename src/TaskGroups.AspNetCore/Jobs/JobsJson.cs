using System.Text.Json.Serialization;
using TaskGroups.Jobs;

namespace TaskGroups.AspNetCore;

/// <summary>Serializes jobs without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JobStatus))]
[JsonSerializable(typeof(IReadOnlyList<JobStatus>))]
internal sealed partial class JobsJson : JsonSerializerContext;
