namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="QueuedChild{TWork}"/>: its slot, its task, its count and its hold in the wrong order.</summary>
internal static class QueuedChildFaults
{
    public static Fault[] All => [.. OfGroups, .. OfStarts];

    private static Fault[] OfGroups =>
    [
        new(
            "The child's task comes before its count",
            new Edit(
                "        group.ReleaseChildCount(hasSlot);\n        if (ended is not null)\n        {\n"
                    + "            completion?.CompleteTask(ended);\n        }\n",
                "        if (ended is not null)\n        {\n            completion?.CompleteTask(ended);\n        }\n\n"
                    + "        group.ReleaseChildCount(hasSlot);\n")),
        new(
            "The join comes before the child's task",
            new Edit(
                "            completion?.CompleteTask(ended);\n        }\n\n        group.Release();",
                "            group.Release();\n            completion?.CompleteTask(ended);\n            return;\n        }\n\n"
                    + "        group.Release();")),
        new(
            "A queued child does not ask whether the group was canceled",
            new Edit("if (group.HasBeenCanceled)", "if (group.IsCompleted)")),
        new(
            "A slot is passed on before its child is classified",
            new Edit(
                "        group.CompleteChild(ended, record);\n        Release(ended, hasSlot: true);",
                "        group.ReleaseChildCount(hasSlot: true);\n        group.CompleteChild(ended, record);\n        "
                    + "completion.CompleteTask(ended);\n        group.Release();")),
        new(
            "A slot is passed on before a child without a task is classified",
            new Edit(
                "            group.CompleteChild(task, record);\n            group.PassSlotOn();\n",
                "            group.PassSlotOn();\n            group.CompleteChild(task, record);\n")) { Seed = 535 },
    ];

    private static Fault[] OfStarts => Fault.In(
        typeof(StartProgram),
    [
        new("The start of a child that is canceled in the queue does not end", new Edit("        Optional?.CancelBeforeStart();\n", "")),
        new(
            "The start of a child that is canceled in the queue ends after its group",
            new Edit(
                "        Optional?.CancelBeforeStart();\n        Release(completion is null ? null : TWork.FromException("
                    + "group.CanceledException()), hasSlot);\n",
                "        Release(completion is null ? null : TWork.FromException(group.CanceledException()), hasSlot);\n"
                    + "        Optional?.CancelBeforeStart();\n")),
    ]);
}
