using Microsoft.Extensions.Logging;

namespace TaskGroups.AspNetCore;

/// <summary>Marks endpoints of operators, so that the check at the start finds them, and says what an open one would give away.</summary>
internal sealed class GuardedEndpointMetadata
{
    private GuardedEndpointMetadata(string what, string call, string risk, Action<ILogger, string> warn) =>
        (What, Call, Risk, Warn) = (what, call, risk, warn);

    public static GuardedEndpointMetadata LivePage { get; } =
        new("live page", "MapTaskGroups", "look into the process", static (logger, pattern) => logger.LivePageIsOpen(pattern));

    public static GuardedEndpointMetadata Jobs { get; } =
        new("list of jobs", "MapJobs", "read, cancel and retry jobs", static (logger, pattern) => logger.JobsAreOpen(pattern));

    /// <summary>What is mapped.</summary>
    public string What { get; }

    /// <summary>The method that maps it.</summary>
    public string Call { get; }

    /// <summary>What everybody could do with one that is open.</summary>
    public string Risk { get; }

    /// <summary>Warns of one that is open on purpose.</summary>
    public Action<ILogger, string> Warn { get; }
}
