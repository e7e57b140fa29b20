namespace TaskGroups.Jobs;

/// <summary>
/// The name of this process among those that run jobs: the host, the process and a random part, so that it is never used twice.
/// </summary>
internal sealed class JobNode
{
    public string Name { get; } =
        $"{Environment.MachineName}-{Environment.ProcessId}-{Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()[..3])}";
}
