using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>
/// The groups that live as long as the application: the root, and under it the parent of all requests and scopes. Background groups
/// are nested in the root as well, so that one stop, one cancellation and one snapshot reach everything.
/// </summary>
internal sealed class ApplicationGroups : IDisposable
{
    public ApplicationGroups(
        GroupServices services,
        ILoggerFactory loggers,
        TelemetryObserver telemetry,
        TimeProvider? timeProvider = null,
        CurrentGroup? current = null)
    {
        var groupLoggers = new GroupLoggers(loggers);
        Logger = groupLoggers.Scopes;
        TimeProvider = timeProvider ?? TimeProvider.System;
        NestedFailures = new NestedFailureLog(TimeProvider);
        Services = services;
        Telemetry = telemetry;
        var ofMachinery = new HostContext { Services = services, IsInternal = true, Follow = telemetry.Follow };
        ScopeContext = ScopeContextWith(childRefused: null);
        var root = new TaskGroupOptions
        {
            FailurePolicy = FailurePolicy.Supervise,
            TrackChildren = true,
            Observer = telemetry,
            TimeProvider = TimeProvider,
        };
        GroupSettings? around = current is null ? null : GroupSettings.Read(new TaskGroupOptions { Observer = current }, null);
        Root = TaskGroup.Open(GroupSettings.Read(root, around, ofMachinery), "application", parent: null, CancellationToken.None);
        Requests = TaskGroup.Open(
            new TaskGroupOptions
            {
                Name = "requests",
                FailurePolicy = FailurePolicy.Supervise,
                Observer = new LoggingObserver(groupLoggers, NestedFailures),
            },
            Root,
            hostContext: ofMachinery);
    }

    /// <summary>Where scopes and their groups report.</summary>
    public SafeLogger Logger { get; }

    public TimeProvider TimeProvider { get; }

    /// <summary>Logs failures of nested groups that their outer groups survived.</summary>
    public NestedFailureLog NestedFailures { get; }

    /// <summary>What the groups of this application carry in <see cref="HostContext.Services"/>.</summary>
    public GroupServices Services { get; }

    /// <summary>Measures every group of the application.</summary>
    public TelemetryObserver Telemetry { get; }

    public TaskGroup Root { get; }

    /// <summary>What the drain gives the background groups, by their groups.</summary>
    public ConcurrentDictionary<TaskGroup, DrainBudget> DrainBudgets { get; } = [];

    /// <summary>The host context of the groups of scopes.</summary>
    public HostContext ScopeContext { get; }

    /// <summary>The parent of the groups of requests and of scopes made by hand.</summary>
    public TaskGroup Requests { get; }

    /// <summary>The host context of the group of a scope made by hand.</summary>
    /// <param name="childRefused">Is called when the group has refused a child because it is ending.</param>
    public HostContext ScopeContextWith(Action<IObservedGroup>? childRefused) => new()
    {
        Services = Services,
        Kind = GroupKind.Scope,
        CompletedHint = "Its scope has been disposed. Work that outlives its scope belongs to IBackgroundTaskGroup.",
        ChildRefused = childRefused,
    };

    /// <summary>
    /// Names the children that still run in requests and scopes when all that waits for them has stopped: the server, and the services of
    /// the host.
    /// </summary>
    public void LogStillRunning()
    {
        string[] left = [.. RemainingChildren.InScopes(Requests.GetSnapshot()).Select(child => $"'{child.Name}' of '{child.Group}'")];
        if (left.Length > 0)
        {
            Logger.LeftRunning(left.Length, string.Join(", ", left.Take(20)));
        }
    }

    /// <summary>
    /// Tells whatever still runs that the application is gone. It waits for nothing: those who may wait (the server, the drain, the
    /// disposal of
    /// a scope) have done so.
    /// </summary>
    public void Dispose() => Root.Cancel(CancellationReason.HostStopping);
}
