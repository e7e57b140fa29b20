using TaskGroups;

namespace FieldTrips;

internal static class Snapshot
{
    public static async Task RunAsync()
    {
        var options = new TaskGroupOptions { Name = "field trip", TrackChildren = true };
        await TaskGroup.RunAsync(
            async trip =>
            {
                trip.Run(ct => Task.Delay(Timeout.Infinite, ct), "Ada");
                Task boat = trip.RunGroupAsync(
                    group => group.Run(ct => Task.Delay(Timeout.Infinite, ct), "Ben"),
                    new TaskGroupOptions { Name = "boat" });

                Dictionary<long, int> levels = [];
                foreach (TaskGroupSnapshotEntry entry in trip.GetSnapshot().Entries)
                {
                    int level = levels[entry.Id] = entry.ParentId is { } parent && levels.TryGetValue(parent, out int above)
                        ? above + 1
                        : 0;
                    Console.WriteLine($"{new string(' ', 2 * level)}{entry.Kind} {entry.Name}: {entry.State}");
                }

                trip.Cancel();
                await boat;
            },
            options);
    }
}
