using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace TaskGroups.Hosting;

/// <summary>Feeds metrics, traces, the history and the scopes of logs from the life of the application's groups.</summary>
/// <remarks>
/// Thread-safe. A group that opens while nothing listens costs one check, and each of its children another. One that is followed is until
/// it ends; what began before a listener came is not told to it.
/// </remarks>
internal sealed class TelemetryObserver(
    GroupMetrics metrics, GroupHistory history, ILoggerFactory loggers, IOptions<TaskGroupsTelemetryOptions> options) : TaskGroupObserver
{
    // Options are read when the host starts or, without a host, when they are first needed: a wrong one fails there.
    private readonly Lazy<ILogger?> _scopes = new(
        () => options.Value.LogScopes ? new SafeLogger(loggers.CreateLogger(GroupLoggers.ScopeCategory)) : null);

    private readonly ConcurrentDictionary<ITaskGroup, byte> _early = []; // the groups that OnStarted has counted

    public override bool WantsChildEvents => false;

    /// <summary>Whether a group that opens now is followed.</summary>
    public bool IsEnabled => metrics.IsEnabled || GroupTrace.IsEnabled || history.IsRecording || _scopes.Value is not null;

    /// <summary>Gives what follows a group that opens; <see langword="null"/> while nothing listens.</summary>
    public FollowedGroup? Follow(IObservedGroup opening, GroupSettings settings)
    {
        if (settings.HostContext.IsInternal || !IsEnabled)
        {
            return null;
        }

        var group = (TaskGroup)opening;
        TimeProvider time = settings.Clock.Provider;
        var progress = new GroupProgress(group, settings);
        return new FollowedGroup(
            progress,
            metrics,
            GroupTrace.IsEnabled ? new GroupTrace(group, progress.Kind, options.Value.Spans == TaskGroupsSpans.GroupsAndChildren) : null,
            history.IsRecording ? new GroupRecord(group, progress.Kind, time, history) : null,
            _scopes.Value);
    }

    /// <summary>Whether a group that opened before is followed as one would be that opens now.</summary>
    public bool FollowsAsNow(TaskGroup group) => FollowedGroup.Of(group) is { } followed
        ? IsEnabled && followed.IsTraced == GroupTrace.IsEnabled && followed.IsRecorded == history.IsRecording
        : !IsEnabled;

    public override void GroupOpened(ITaskGroup group) => FollowedGroup.Of(group)?.Opened();

    /// <summary>What <see cref="TaskGroupObserver.ExceptionUnseen"/> would tell is the child's failure.</summary>
    public override void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed)
    {
        if (kind is FailureKind.Child or FailureKind.Body)
        {
            FollowedGroup.Of(group)?.Failed(exception);
        }
    }

    public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed)
    {
        if (FollowedGroup.Of(group) is { } followed)
        {
            followed.Completed(elapsed);
        }
        else if (_early.TryRemove(group, out _))
        {
            metrics.UncountGroup(group.Name, KindOf(group));
        }
    }

    /// <summary>Counts a background group that opened before the listeners of the application had started.</summary>
    public void OnStarted(TaskGroup group)
    {
        if (FollowedGroup.Of(group) is null && metrics.TryCountGroup(group.Name, KindOf(group)))
        {
            _early.TryAdd(group, 0);
        }
    }

    public override void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation) =>
        metrics.ChildStraggling(group.Name, KindOf(group));

    /// <summary>Counts a child that a background group did not take.</summary>
    public void OnRefused(TaskGroup group) => metrics.ChildRefused(group.Name, KindOf(group));

    /// <summary>Counts the drain of a background group, and the children that it left running.</summary>
    public void OnDrained(TaskGroup group, TimeSpan elapsed, int abandoned)
    {
        metrics.Drained(elapsed, group.Name);
        if (abandoned > 0)
        {
            metrics.ChildrenAbandoned(abandoned, group.Name, KindOf(group));
        }
    }

    private static string KindOf(ITaskGroup group) => TelemetryWords.Of(((TaskGroup)group).HostContext.Kind);
}
