namespace TaskGroups.AspNetCore;

/// <summary>The shape of the configuration section of <see cref="RequestTaskGroupOptions"/>, filled by generated code.</summary>
/// <remarks>
/// Times are text here: what the framework reads as a time it reads generously, and <c>"Timeout": 30</c> would be thirty days.
/// </remarks>
internal sealed class RequestTaskGroupSection
{
    public PolicySection? DefaultPolicy { get; set; }

    public Dictionary<string, PolicySection>? Policies { get; set; }

    public string? DefaultTimeout { get; set; }

    public int? MaxChildren { get; set; }

    public bool? MapEndings { get; set; }

    public string? ShutdownGrace { get; set; }

    public IncomingDeadlineSection? IncomingDeadline { get; set; }

    /// <remarks>Times and networks are read by hand.</remarks>
    internal sealed class IncomingDeadlineSection
    {
        public bool? IsEnabled { get; set; }

        public string? HeaderName { get; set; }

        public bool? ReadEnvoyHeader { get; set; }

        public bool? ReadGrpcTimeout { get; set; }

        public string? Margin { get; set; }

        public string? Minimum { get; set; }
    }

    internal sealed class PolicySection
    {
        public string? Timeout { get; set; }

        public int? MaxConcurrency { get; set; }

        public int? MaxWaiting { get; set; }

        public ChildStart? ChildStart { get; set; }
    }
}
