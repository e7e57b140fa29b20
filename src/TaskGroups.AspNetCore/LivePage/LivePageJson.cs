using System.Text.Json.Serialization;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Serializes the page's JSON without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProcessSnapshot))]
[JsonSerializable(typeof(HistoryView))]
internal sealed partial class LivePageJson : JsonSerializerContext;
