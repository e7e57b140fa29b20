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
            "taskgroups.children.active", () => Count(static group => group.Running), "{child}", "Children that run.");
        meter.CreateObservableUpDownCounter(
            "taskgroups.children.waiting",
            () => Count(static group => group.Waiting),
            "{child}",
            "Children that wait for a slot of their group.");
    }

    private IEnumerable<Measurement<long>> Count(Func<GroupView, int> count) =>
        from each in snapshots.Take().Groups
        group count(each) by (each.Name, each.Kind) into alike
        select new Measurement<long>(alike.Sum(), new("name", alike.Key.Name), new("kind", alike.Key.Kind));
}
