using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace TaskGroups.Hosting;

/// <summary>
/// Takes snapshots of the application's groups, without the internal ones: what runs in those is shown in the group around them.
/// </summary>
/// <remarks>Thread-safe. Locks one group at a time, and never while user code runs (R25).</remarks>
internal sealed class ProcessSnapshotBuilder(
    ApplicationGroups application,
    IHostEnvironment? environment = null,
    IHostApplicationLifetime? lifetime = null,
    IJobQueues? queues = null)
{
    private readonly DateTimeOffset _startedAt = ProcessStart(application.TimeProvider);

    /// <summary>Takes a snapshot.</summary>
    /// <param name="maxEntries">How many groups and children it may hold; a larger one is cut.</param>
    public ProcessSnapshot Take(int maxEntries = int.MaxValue)
    {
        // Some entries are of internal groups, which are left out again.
        var live = new List<TaskGroup>();
        int enough = maxEntries > int.MaxValue - 1_000 ? int.MaxValue : maxEntries + 1_000;
        TaskGroupSnapshot snapshot = SnapshotBuilder.Take(application.Root, live, enough);
        var tree = new Tree(maxEntries, application.DrainBudgets);
        int at = 0;
        foreach (TaskGroupSnapshotEntry entry in snapshot.Entries)
        {
            if (entry.Kind == SnapshotKind.Group)
            {
                tree.Add(live[at++], entry);
            }
            else
            {
                tree.Add(entry);
            }
        }

        return new ProcessSnapshot(
            snapshot.TakenAt,
            new ProcessState(
                environment?.ApplicationName ?? AppDomain.CurrentDomain.FriendlyName,
                _startedAt,
                lifetime is { ApplicationStopping.IsCancellationRequested: true } ? "draining" : "running"),
            tree.Groups,
            tree.Children,
            queues?.Read() ?? [],
            tree.IsTruncated || snapshot.Entries.Count >= enough);
    }

    private static DateTimeOffset ProcessStart(TimeProvider timeProvider)
    {
        using var process = Process.GetCurrentProcess();
        return timeProvider == TimeProvider.System
            ? new DateTimeOffset(process.StartTime).ToUniversalTime()
            : timeProvider.GetUtcNow(); // a clock of the user's knows nothing of the process
    }

    /// <summary>Collects what is shown. A group comes before what is in it.</summary>
    private sealed class Tree(int maxEntries, IReadOnlyDictionary<TaskGroup, DrainBudget> budgets)
    {
        private readonly List<GroupView> _groups = [];
        private readonly List<ChildView> _children = [];

        // For each group its position among those shown, or that of the one around an internal group; -1 for none.
        private readonly Dictionary<long, int> _shown = [];

        public IReadOnlyList<GroupView> Groups => _groups;

        public IReadOnlyList<ChildView> Children => _children;

        public bool IsTruncated { get; private set; }

        public void Add(TaskGroup group, TaskGroupSnapshotEntry entry)
        {
            int around = entry.ParentId is { } parent ? _shown.GetValueOrDefault(parent, -1) : -1;
            if (group.HostContext.IsInternal)
            {
                _shown[entry.Id] = around;
                if (around >= 0)
                {
                    GroupView outer = _groups[around];
                    _groups[around] = outer with
                    {
                        Running = outer.Running + entry.RunningCount,
                        Waiting = outer.Waiting + entry.WaitingCount,
                    };
                }

                return;
            }

            if (HasRoom())
            {
                _shown[entry.Id] = _groups.Count;
                DrainBudget? drain = budgets.TryGetValue(group, out DrainBudget found) ? found : null;
                _groups.Add(GroupView.Of(group, entry, around < 0 ? null : _groups[around].Id, drain));
            }
        }

        public void Add(TaskGroupSnapshotEntry child)
        {
            if (_shown.TryGetValue(child.ParentId!.Value, out int around) && around >= 0 && HasRoom())
            {
                _children.Add(new ChildView(
                    _groups[around].Id,
                    child.Id,
                    child.Name,
                    child.State switch
                    {
                        SnapshotState.Waiting => "waiting",
                        SnapshotState.Ending => "ending",
                        _ => "running",
                    },
                    child.StartedAt,
                    (long)child.Elapsed.TotalMilliseconds,
                    (long?)child.SinceCancellation?.TotalMilliseconds));
            }
        }

        private bool HasRoom()
        {
            IsTruncated |= _groups.Count + _children.Count >= maxEntries;
            return !IsTruncated;
        }
    }
}
