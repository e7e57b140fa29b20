using System.Text.Json.Serialization;

namespace TaskGroups.Jobs;

/// <summary>The states of a job. As JSON they are words in lower case.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobState>))]
public enum JobState
{
    /// <summary>The job waits: for its time, for a free place, for a node, or for its next attempt.</summary>
    [JsonStringEnumMemberName("waiting")]
    Waiting,

    /// <summary>An attempt runs.</summary>
    [JsonStringEnumMemberName("running")]
    Running,

    /// <summary>The job has ended well.</summary>
    [JsonStringEnumMemberName("succeeded")]
    Succeeded,

    /// <summary>The last attempt has failed. The job is kept and can be run again.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>The job was canceled.</summary>
    [JsonStringEnumMemberName("canceled")]
    Canceled,
}
