using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace TaskGroups.Hosting;

/// <summary>The instruments of the meter <c>TaskGroups</c> that speak of groups and of their children.</summary>
/// <remarks>
/// Tags are the group's name and kind, an outcome and a reason; their number is bounded, see <see cref="NameBound"/>. Instruments that no
/// listener has enabled cost one check.
/// </remarks>
internal sealed class GroupMetrics
{
    // From a cache hit to a request that waits for its time limit.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 100],
    };

    private readonly NameBound _names = new();
    private readonly UpDownCounter<long> _groupsActive;
    private readonly Histogram<double> _groupDuration;
    private readonly Histogram<double> _childDuration;
    private readonly Histogram<double> _cancellationDuration;
    private readonly Counter<long> _childrenRefused;
    private readonly Counter<long> _childrenStraggling;
    private readonly Counter<long> _childrenAbandoned;
    private readonly Histogram<double> _drainDuration;
    private readonly Counter<long> _deadlinesIgnored;

    public GroupMetrics(IMeterFactory factory)
    {
        Meter meter = factory.Create(TaskGroupsTelemetry.MeterName);
        _groupsActive = meter.CreateUpDownCounter<long>("taskgroups.groups.active", "{group}", "Groups that have not been joined.");
        _groupDuration = meter.CreateHistogram(
            "taskgroups.group.duration", "s", "Time from a group's opening to its join.", advice: Seconds);
        _childDuration = meter.CreateHistogram(
            "taskgroups.child.duration", "s", "Time from a child's invocation to its end.", advice: Seconds);
        _cancellationDuration = meter.CreateHistogram(
            "taskgroups.cancellation.duration", "s", "Time from a group's cancellation to the end of its last child.", advice: Seconds);
        _childrenRefused = meter.CreateCounter<long>(
            "taskgroups.children.refused", "{child}", "Children that were not accepted: the group was ending, or there was no room.");
        _childrenStraggling = meter.CreateCounter<long>(
            "taskgroups.children.straggling", "{child}", "Children that ran on for some time after their group was canceled.");
        _childrenAbandoned = meter.CreateCounter<long>(
            "taskgroups.children.abandoned", "{child}", "Children that still ran when the drain gave up waiting.");
        _drainDuration = meter.CreateHistogram(
            "taskgroups.drain.duration", "s", "Time that a background group took to drain.", advice: Seconds);
        _deadlinesIgnored = meter.CreateCounter<long>(
            "taskgroups.deadlines.ignored", "{header}", "Deadlines in headers of requests that were not obeyed.");
    }

    /// <summary>Whether a listener has enabled an instrument that is fed by the life of groups and children.</summary>
    public bool IsEnabled =>
        _childDuration.Enabled || _groupDuration.Enabled || _groupsActive.Enabled || _cancellationDuration.Enabled
        || _childrenRefused.Enabled;

    /// <summary>Counts a group that opens, if a listener wants to know.</summary>
    public bool TryCountGroup(string name, string kind)
    {
        if (!_groupsActive.Enabled)
        {
            return false;
        }

        _groupsActive.Add(1, Name(name), Kind(kind));
        return true;
    }

    public void UncountGroup(string name, string kind) => _groupsActive.Add(-1, Name(name), Kind(kind));

    public void GroupCompleted(TimeSpan elapsed, string name, string kind, string outcome, string? reason)
    {
        var tags = new TagList { Name(name), Kind(kind), new("outcome", outcome) };
        if (reason is not null)
        {
            tags.Add("reason", reason);
        }

        _groupDuration.Record(elapsed.TotalSeconds, tags);
    }

    public void CancellationCompleted(TimeSpan elapsed, string name, string kind, string reason) =>
        _cancellationDuration.Record(elapsed.TotalSeconds, Name(name), Kind(kind), new("reason", reason));

    public void ChildCompleted(TimeSpan elapsed, string name, string kind, string outcome) =>
        _childDuration.Record(elapsed.TotalSeconds, Name(name), Kind(kind), new("outcome", outcome));

    public void ChildRefused(string name, string kind) => _childrenRefused.Add(1, Name(name), Kind(kind));

    public void ChildStraggling(string name, string kind) => _childrenStraggling.Add(1, Name(name), Kind(kind));

    public void ChildrenAbandoned(int count, string name, string kind) => _childrenAbandoned.Add(count, Name(name), Kind(kind));

    public void Drained(TimeSpan elapsed, string name) => _drainDuration.Record(elapsed.TotalSeconds, Name(name));

    /// <param name="why">One of a few fixed words.</param>
    public void DeadlineIgnored(string why) => _deadlinesIgnored.Add(1, new KeyValuePair<string, object?>("why", why));

    private KeyValuePair<string, object?> Name(string name) => new("name", _names.Of(name));

    private static KeyValuePair<string, object?> Kind(string kind) => new("kind", kind);
}
