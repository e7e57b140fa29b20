using System.Globalization;
using System.Text;

namespace TaskGroups.Hosting;

/// <summary>Writes a snapshot the way <c>pstree</c> writes processes: one line a group or child, with age and what canceled it.</summary>
internal static class TreeText
{
    /// <summary>Writes the process in the first line and the tree below it. Iterative: trees may be deep.</summary>
    public static string Write(ProcessSnapshot snapshot)
    {
        var text = new StringBuilder();
        int running = snapshot.Groups.Sum(group => group.Running);
        int waiting = snapshot.Groups.Sum(group => group.Waiting);
        text.Append(
            CultureInfo.InvariantCulture,
            $"{snapshot.Process.Name}  {snapshot.Process.State}  {snapshot.TakenAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}  ");
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{Count(snapshot.Groups.Count, "group", "groups")}, {Count(running, "child", "children")} running, {waiting} waiting");
        WriteTree(snapshot, text);
        foreach (QueueView queue in snapshot.Queues)
        {
            string oldest = queue.OldestAgeMs is { } age ? $", the oldest for {Duration(age)}" : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"queue {queue.Job}  {queue.Waiting} waiting{oldest}");
        }

        if (snapshot.Truncated)
        {
            text.AppendLine("... there is more: the snapshot was cut at its limit of entries");
        }

        return text.ToString();
    }

    private static void WriteTree(ProcessSnapshot snapshot, StringBuilder text)
    {
        ILookup<long?, GroupView> nested = snapshot.Groups.ToLookup(group => group.ParentId);
        ILookup<long, ChildView> children = snapshot.Children.ToLookup(child => child.GroupId);
        var left = new Stack<(string Line, string Indent, bool IsLast, GroupView? Group)>();
        Push(null, "");
        while (left.TryPop(out (string Line, string Indent, bool IsLast, GroupView? Group) next))
        {
            text.Append(next.Indent).Append(next.IsLast ? "└─ " : "├─ ").AppendLine(next.Line);
            if (next.Group is { } group)
            {
                Push(group, next.Indent + (next.IsLast ? "   " : "│  "));
            }
        }

        void Push(GroupView? parent, string indent)
        {
            IEnumerable<Entry> of =
                (parent is null ? [] : children[parent.Id].Select(child => new Entry(Describe(child), child.ElapsedMs, child.Id, null)))
                .Concat(nested[parent?.Id].Select(group => new Entry(Describe(group), group.ElapsedMs, group.Id, group)));
            Entry[] entries = [.. of.OrderBy(entry => entry is { IsRoot: true, Group.Kind: "background" })
                .ThenByDescending(entry => entry.ElapsedMs).ThenBy(entry => entry.Id)];
            for (int last = entries.Length - 1; last >= 0; last--)
            {
                left.Push((entries[last].Line, indent, last == entries.Length - 1, entries[last].Group));
            }
        }
    }

    private static string Describe(GroupView group)
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"[{group.Kind}] {group.Name}  {Duration(group.ElapsedMs)}");
        if (group.State != "open")
        {
            line.Append("  ").Append(group.State);
        }

        if (group.Reason is not null)
        {
            line.Append(
                CultureInfo.InvariantCulture, $"  canceled: {group.Reason}{By(group)}, {Duration(group.SinceCancellationMs ?? 0)} ago");
        }

        if (group.RemainingMs is { } remaining)
        {
            line.Append(
                CultureInfo.InvariantCulture,
                $"  {Duration(remaining)} left{(group.LimitSetBy is null ? "" : $" of the {group.LimitSetBy}'s deadline")}");
        }

        if (group.Waiting > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $"  {group.Running} running, {group.Waiting} waiting");
        }

        return line.ToString();
    }

    private static string By(GroupView group) =>
        group.CanceledBy is null ? "" : $" by {group.CanceledBy} ({group.FailureType ?? "an exception"})";

    private static string Describe(ChildView child) =>
        $"{child.Name}  {Duration(child.ElapsedMs)}{(child.State == "running" ? "" : $"  {child.State}")}";

    private static string Count(int count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    private static string Duration(long milliseconds) => milliseconds switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds} ms"),
        < 60_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1_000.0:0.0} s"),
        < 3_600_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 60_000} min {milliseconds / 1_000 % 60} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 3_600_000} h {milliseconds / 60_000 % 60} min"),
    };

    /// <summary>A group or a child, in the order of the page: by its start, and what began in the same millisecond by its number.</summary>
    private readonly record struct Entry(string Line, long ElapsedMs, long Id, GroupView? Group)
    {
        /// <summary>Whether nothing is around it: there what lives as long as the application comes last.</summary>
        public bool IsRoot => Group is { ParentId: null };
    }
}
