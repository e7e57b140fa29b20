namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="TaskGroup"/>, file by file.</summary>
internal static class TaskGroupFaults
{
    public static Fault[] All => [.. OfMembers, .. OfLifecycle, .. OfChildren, .. OfQueuedChildren, .. OfCancellation, .. OfCompletion];

    // TaskGroup.cs
    private static Fault[] OfMembers =>
    [
        new(
            "A reader trusts a biased count that was merged meanwhile",
            HarmlessEdits.OnlyTheProgramThatCounts,
            new Edit("            if (_biased.IsOf(this))\n", "            if (biased >= 0)\n")) { Seed = 407 },
        new(
            "A registry that is made late is made twice",
            new Edit(
                "        Registry ?? Interlocked.CompareExchange(ref _registry, new ChildRegistry(null, null), null) ?? _registry;",
                "        Registry ?? (_registry = new ChildRegistry(null, null));")) { Seed = 943 },
    ];

    // TaskGroup.Lifecycle.cs
    private static Fault[] OfLifecycle =>
    [
        new(
            "The biased count begins after other code knows the group",
            new Edit("        _biased = hasBody ? BiasedChildCount.Begin(this, settings, _state.Token) : null;\n", ""),
            new Edit(
                "CancelByCaller((TaskGroup)group!, token), this);\n        }\n    }\n",
                "CancelByCaller((TaskGroup)group!, token), this);\n        }\n\n"
                    + "        _biased = hasBody ? BiasedChildCount.Begin(this, settings, _state.Token) : null;\n    }\n")),
        new(
            "A child too few is merged",
            new Edit("_state.Merge(biased.Count);", "_state.Merge(Math.Max(0, biased.Count - 1));")),
        new(
            "A child too many is merged",
            new Edit("_state.Merge(biased.Count);", "_state.Merge(biased.Count + 1);")),
        new(
            "A biased count is merged after its part has ended",
            new Edit(
                "        _state.Merge(biased.Count);\n        biased.Exit();\n",
                "        int count = biased.Count;\n        biased.Exit();\n        _state.Merge(count);\n")),
        new(
            "A bias that is used up is not merged",
            HarmlessEdits.TinyBias,
            new Edit(
                "_state.Merge(biased.Count);",
                "if (biased.Count < 2) _state.Merge(biased.Count);")),
        new(
            "An owner's close keeps the hold of the parent",
            new Edit(
                "        ReleaseResources();\n        ReleaseParent();\n        return true;",
                "        ReleaseResources();\n        return true;")),
        new(
            "An owner's close passes over failures that canceled nothing",
            new Edit(
                "!OutcomeRules.CancelsGroup(Settings.FailurePolicy, isOfBody: true) || !_state.TryComplete",
                "!_state.TryComplete")) { Seed = 561 },
        new(
            "An owner's failure is lost",
            new Edit(
                "OnBodyCompleted(bodyFailure is null ? Task.CompletedTask : VoidResult.FromException(bodyFailure));",
                "OnBodyCompleted(Task.CompletedTask);")),
        new(
            "A group is closed by two",
            new Edit(
                "        if (Interlocked.CompareExchange(ref _completion, completion, null) is { } earlier)\n        {\n            return "
                    + "earlier.Task;\n"
                    + "        }",
                "        if (Volatile.Read(ref _completion) is { } earlier)\n        {\n"
                    + "            return earlier.Task;\n        }\n\n"
                    + "        Volatile.Write(ref _completion, completion);")) { Seed = 416 },
    ];

    // TaskGroup.Children.cs
    private static Fault[] OfChildren =>
    [
        new(
            "A failure is recorded after it canceled",
            new Edit(
                "                (failures, isFirstThrown) = GetOrCreateContingent().Record(result.Failures);\n"
                    + "                CancelOnFailure(record?.Name, result.Failures[0], isOfBody: false);",
                "                CancelOnFailure(record?.Name, result.Failures[0], isOfBody: false);\n"
                    + "                (failures, isFirstThrown) = GetOrCreateContingent().Record(result.Failures);")),
        new(
            "A biased child that ended at once stays counted",
            new Edit("            biased.EndInvoke();\n", "            _ = biased;\n")),
        new(
            "A biased child is uncounted while it is watched",
            new Edit(
                "            ChildRecord.Watch(null, task, this);\n            biased.Retain();",
                "            biased.EndInvoke();\n            ChildRecord.Watch(null, task, this);\n            biased.Add();"))
            { Seed = 2543 },
        new(
            "A biased child that runs on is not counted",
            new Edit("            biased.Retain();", "            biased.EndInvoke();")),
        new(
            "A biased child that runs on is counted twice",
            new Edit("            biased.Retain();", "            biased.Add();")),
        new(
            "The observers are told of a child after its hold went back",
            new Edit(
                "        CompleteChild(task, record);\n        ReleaseChild();",
                "        if (record is not null && task.IsCompletedSuccessfully)\n        {\n            ReleaseChild();\n"
                    + "            CompleteChild(task, record);\n            return;\n        }\n\n        CompleteChild(task, "
                    + "record);\n        ReleaseChild();")) { Seed = 457 },
        new(
            "A record is used again before the observers have its name",
            new Edit("isFirstThrown);\n            record.Free();\n", "isFirstThrown);\n"),
            new Edit(
                "            _registry!.Remove(record);\n            ReportChild(",
                "            _registry!.Remove(record);\n            record.Free();\n            ReportChild(")),
    ];

    // TaskGroup.QueuedChildren.cs
    private static Fault[] OfQueuedChildren =>
    [
        new(
            "A child that is queued late stays in the queue",
            new Edit(
                "                if (IsEnding)\n                {\n                    CancelWaitingChildren();",
                "                if (Name is null)\n                {\n                    CancelWaitingChildren();")) { Seed = 1873 },
        new(
            "A hold goes back before the child is counted out",
            new Edit(
                "        _state.ReleaseChildCount();\n",
                "        Release();\n        _state.ReleaseChildCount();\n        _state.AddHold();\n")),
        new(
            "A child that is canceled before its start cuts nothing short",
            new Edit(
                "        if (isCanceled)\n        {\n            _state.MarkCutShort();",
                "        if (isCanceled)\n        {\n            _ = record;")),
    ];

    // TaskGroup.Cancellation.cs
    private static Fault[] OfCancellation =>
    [
        new("A token's callbacks are not waited for", new Edit("        _state.AddHold();\n", "")),
        new(
            "Callbacks are waited for after they may have ended",
            new Edit("        _state.AddHold();\n", ""),
            new Edit(
                "            Release();\n        });\n",
                "            Release();\n        });\n        _state.AddHold();\n")),
        new(
            "A cancellation makes the contingent state too late",
            HarmlessEdits.OnlyTheProgramCanceledTwice,
            new Edit("        GetOrCreateContingent(); // see HasBeenCanceled\n", "")),
        new("A cancellation leaves the biased count open", new Edit("        _biased?.Close(); ", "        ")),
        new(
            "Stragglers are reported without a hold",
            new Edit("        if (!_state.TryHold())\n        {\n            return;\n        }\n", ""),
            new Edit(
                "ChildStraggling(this, child.Name, since);\n            }\n        }\n\n        Release();",
                "ChildStraggling(this, child.Name, since);\n            }\n        }\n")) { Seed = 3739 },
        new(
            "The observers are told of a cancellation before the token fires",
            new Edit(
                "        FireSignals(contingent);\n        CancelWaitingChildren();\n        "
                    + "Settings.Observers?.GroupCanceled(this, CancellationReason, child, cause);\n",
                "        Settings.Observers?.GroupCanceled(this, CancellationReason, child, cause);\n"
                    + "        FireSignals(contingent);\n        CancelWaitingChildren();\n")),
    ];

    // TaskGroup.Completion.cs
    private static Fault[] OfCompletion =>
    [
        new(
            "The body returns its hold twice",
            new Edit(
                "        Release();\n    }\n\n    private void OnBodyFailed(",
                "        Release();\n        Release();\n    }\n\n    private void OnBodyFailed(")),
        new(
            "A nested body that fails and cancels nothing is not reported",
            new Edit("isFirstThrown && !hasCanceled;", "isFirstThrown && hasCanceled;")),
        new(
            "The parent joins before its nested group",
            new Edit(
                "        CompleteTask(_completion!);\n        if (",
                "        ReleaseParent();\n        CompleteTask(_completion!);\n        if (Parent is not null)\n            return;\n"
                    + "        if (")),
        new(
            "The group stays on the caller's token",
            new Edit("            registry.CallerRegistration.Unregister();", "            _ = registry.CallerRegistration;")),
        new(
            "The observers are told of the completion after the join",
            new Edit("        ReleaseResources();\n        CompleteTask(_completion!);",
                "        CompleteTask(_completion!);\n        ReleaseResources();")),
    ];
}
