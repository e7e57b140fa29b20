namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="GroupTree"/>: nested groups that a walk misses, or that come and go at the wrong moment.</summary>
internal static class GroupTreeFaults
{
    public static Fault[] All =>
    [
        new(
            "A late nested group does not look at its parent",
            new Edit("            CancelByParent(nested, parent);\n", "            _ = parent;\n")),
        new(
            "A stop does not reach what is nested deeper",
            new Edit(
                "                foreach (TaskGroup nested in group.Registry!.GetNested())\n                {\n                    "
                    + "pending.Push(nested);\n                }\n            }\n",
                "                foreach (TaskGroup nested in group == top ? group.Registry!.GetNested() : [])\n                "
                    + "{\n                    pending.Push(nested);\n                }\n            }\n")),
        new("A late nested group passes over a stop", new Edit(
                "        if (parent.IsStopped)\n",
            "        if (parent is { IsStopped: true, IsEnding: true })\n")),
        new(
            "The count closes after other code can see that the group is ending",
            new Edit(
                "        group.PrepareCancellation();\n        return group.State.TryCancel(reason);",
                "        group.GetOrCreateContingent();\n        bool isFirst = group.State.TryCancel(reason);\n"
                    + "        group.PrepareCancellation();\n        return isFirst;")),
        new(
            "A nested group is not told that the host stops",
            new Edit("parent.CancellationReason == CancellationReason.HostStopping\n", "parent.IsCompleted\n")),
        new(
            "A nested group leaves the registry after it left its parent",
            new Edit(
                "            parent.Registry!.Remove(entry);\n            entry.Free();\n            nested.Registry.ParentEntry = null;\n",
                "            _ = entry;\n"),
            new Edit(
                "        parent.Release();\n    }\n\n    /// <summary>Cancels",
                "        parent.Release();\n        if (nested.Registry!.ParentEntry is { } left)\n        {\n"
                    + "            parent.Registry!.Remove(left);\n            left.Free();\n        }\n    }\n\n"
                    + "    /// <summary>Cancels")),
        new(
            "A nested group's record is used again before it has left the registry",
            new Edit(
                "            parent.Registry!.Remove(entry);\n            entry.Free();",
                "            entry.Free();\n            parent.Registry!.Remove(entry);")) { Seed = 486 },
    ];
}
