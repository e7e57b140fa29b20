using System.Diagnostics.Metrics;

namespace TaskGroups.Hosting;

/// <summary>
/// The instruments that say how many children run and wait. They count when a listener asks, and cost nothing in between.
/// </summary>
internal sealed class ChildGauges(IMeterFactory factory, ProcessSnapshotBuilder snapshots)
{
    /// <summary>Publishes the instruments. To be called once.</summary>
    public void Publish()
    {
        Meter meter = factory.Create(TaskGroupsTelemetry.MeterName);
        meter.CreateObservableUpDownCounter(
            "taskgroups.children.active", new Reading(snapshots, static group => group.Running).Take, "{child}", "Children that run.");
        meter.CreateObservableUpDownCounter(
            "taskgroups.children.waiting",
            new Reading(snapshots, static group => group.Waiting).Take,
            "{child}",
            "Children that wait for a slot of their group.");
    }

    /// <summary>What one instrument says. Exporters go on sending the last value of tags without new values, so it says 0.</summary>
    private sealed class Reading(ProcessSnapshotBuilder snapshots, Func<GroupView, int> count)
    {
        private readonly NameBound _names = new();
        private readonly Lock _lock = new();
        private readonly HashSet<(string Name, string Kind)> _known = [];

        public IEnumerable<Measurement<long>> Take()
        {
            ILookup<(string Name, string Kind), GroupView> groups =
                snapshots.Take().Groups.ToLookup(group => (_names.Of(group.Name), group.Kind));
            lock (_lock)
            {
                _known.UnionWith(groups.Select(alike => alike.Key));
                return [.. _known.Select(tags => new Measurement<long>(
                    groups[tags].Sum(group => (long)count(group)), new("name", tags.Name), new("kind", tags.Kind)))];
            }
        }
    }
}
