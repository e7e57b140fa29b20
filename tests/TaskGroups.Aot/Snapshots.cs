namespace TaskGroups.Aot;

internal static class Snapshots
{
    public static async Task UseAsync()
    {
        var options = new TaskGroupOptions { Name = "snapshot", TrackChildren = true };
        await TaskGroup.RunAsync(
            group =>
            {
                group.Run(ct => Task.Delay(Timeout.Infinite, ct), "Ada");
                Show(group.GetSnapshot());
                group.Cancel();
                return Task.CompletedTask;
            },
            options);

        var entry = new TaskGroupSnapshotEntry(
            1, null, SnapshotKind.Group, "made", SnapshotState.Running, default, default, null, CancellationReason.None, 0, 0);
        entry = entry with
        {
            Id = 2,
            ParentId = 1,
            Kind = SnapshotKind.Child,
            Name = "by hand",
            State = SnapshotState.Waiting,
            StartedAt = DateTimeOffset.UnixEpoch,
            Elapsed = TimeSpan.FromSeconds(3),
            SinceCancellation = TimeSpan.Zero,
            CancellationReason = CancellationReason.HostStopping,
            RunningCount = 4,
            WaitingCount = 5,
        };
        var snapshot = new TaskGroupSnapshot(default, []);
        snapshot = snapshot with { TakenAt = DateTimeOffset.UnixEpoch, Entries = [entry] };
        Console.WriteLine($"{snapshot.TakenAt.ToUnixTimeSeconds()}, {snapshot.Entries.Single() == entry}");

        Console.WriteLine(string.Join(", ", Enum.GetNames<CancellationReason>()));
        Console.WriteLine(string.Join(", ", Enum.GetNames<ChildOutcome>()));
        Console.WriteLine(string.Join(", ", Enum.GetNames<ChildStart>()));
        Console.WriteLine(string.Join(", ", Enum.GetNames<FailurePolicy>()));
        Console.WriteLine(string.Join(", ", Enum.GetNames<SnapshotKind>()));
        Console.WriteLine(string.Join(", ", Enum.GetNames<SnapshotState>()));
    }

    private static void Show(TaskGroupSnapshot snapshot)
    {
        foreach (TaskGroupSnapshotEntry entry in snapshot.Entries)
        {
            Console.WriteLine($"{entry.Kind} {entry.Name}: {entry.State}, {entry.CancellationReason}, {entry.SinceCancellation is null}");
            Console.WriteLine($"{entry.RunningCount}, {entry.WaitingCount}, {entry.ParentId is null}, {entry.ParentId < entry.Id}");
            Console.WriteLine($"{entry.StartedAt <= snapshot.TakenAt}, {entry.Elapsed >= TimeSpan.Zero}");
        }
    }
}
