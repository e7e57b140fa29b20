namespace TaskGroups.Explored;

/// <summary>One fault that is planted in the core, by edits of its sources.</summary>
internal sealed record Fault(string Name, params Edit[] Edits)
{
    /// <summary>The kind of program in which the fault shows: a type with a method <c>Of</c> that makes one from a seed.</summary>
    public Type Program { get; init; } = typeof(GroupProgram);
}

/// <summary>A text that occurs once in the core, and its replacement.</summary>
internal sealed record Edit(string Text, string Replacement);

/// <summary>The faults that the explorer must find.</summary>
internal static class Faults
{
    public static Fault[] All { get; } =
    [
        new(
            "TryEnter adds without looking again",
            new Edit(
                "long before = Interlocked.CompareExchange(ref _word, seen + (asChild ? Hold + Child : Hold), seen);",
                "long before = seen; Interlocked.Add(ref _word, asChild ? Hold + Child : Hold);")),
        new(
            "TryEnter writes what it read plus one",
            new Edit(
                "long before = Interlocked.CompareExchange(ref _word, seen + (asChild ? Hold + Child : Hold), seen);",
                "long before = seen; Volatile.Write(ref _word, seen + (asChild ? Hold + Child : Hold));")),
        new(
            "A canceled group says that it is ending when it has completed",
            new Edit(
                "            if ((seen & Holds) == 0)\n            {\n                return Entry.Completed;",
                "            if ((seen & Holds) == 0 && (seen >> ReasonShift == 0 || evenIfEnding))\n            {\n                "
                    + "return Entry.Completed;")),
        new(
            "TryEnd succeeds twice",
            new Edit(
                "long before = Interlocked.CompareExchange(ref _word, (seen | ((long)reason << ReasonShift)) + Hold, seen);",
                "long before = seen; Interlocked.Add(ref _word, Hold); Interlocked.Or(ref _word, (long)reason << ReasonShift);")),
        new(
            "A child's end is two steps",
            new Edit(
                "public bool ReleaseChild() => (Interlocked.Add(ref _word, -(Hold + Child)) & Holds) == 0;",
                "public bool ReleaseChild() { bool isLast = Release(); ReleaseChildCount(); return isLast; }")),
        new(
            "TryCompleteAlone looks first",
            new Edit(
                "return Interlocked.CompareExchange(ref _word, 0, alone) == alone;",
                "if (Volatile.Read(ref _word) != alone) return false; Volatile.Write(ref _word, 0); return true;")),
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
        new("A late nested group does not hear of a stop", new Edit(
                "        if (parent.IsStopped)\n",
            "        if (parent is { IsStopped: true, IsEnding: true })\n")),
        new(
            "A child that came into the queue late stays there",
            new Edit(
                "                if (IsEnding)\n                {\n                    CancelWaitingChildren();",
                "                if (Name is null)\n                {\n                    CancelWaitingChildren();")),
        new(
            "A stop before the token was asked for is lost",
            new Edit(
                "                if (_isStopped)\n",
                "                if (_isUnobserved && _id == 1)\n")),
        new(
            "A stop fires only what nobody has",
            new Edit("bool first = !_isStopped;", "bool first = !_isStopped && _stopping is null;")),
        new("A token's callbacks are not waited for", new Edit("        _state.AddHold();\n", "")),
        new(
            "Callbacks are waited for after they may have ended",
            new Edit("        _state.AddHold();\n", ""),
            new Edit(
                "            Release();\n        });\n",
                "            Release();\n        });\n        _state.AddHold();\n")),
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
            "A failure is recorded after it canceled",
            new Edit(
                "                (failures, isFirstThrown) = GetOrCreateContingent().Record(result.Failures);\n"
                    + "                CancelOnFailure(record?.Name, result.Failures[0], isOfBody: false);",
                "                CancelOnFailure(record?.Name, result.Failures[0], isOfBody: false);\n"
                    + "                (failures, isFirstThrown) = GetOrCreateContingent().Record(result.Failures);")),
        new(
            "A hold goes back before the child is counted out",
            new Edit(
                "        _state.ReleaseChildCount();\n",
                "        Release();\n        _state.ReleaseChildCount();\n        _state.AddHold();\n")),
        new(
            "A queued child does not ask whether the group was canceled",
            new Edit("if (group.HasBeenCanceled)", "if (group.IsCompleted)")),
        new(
            "Who ends a group makes its extras too late",
            ProgramCanceledTwice,
            new Edit("        GetOrCreateContingent(); // see HasBeenCanceled\n", "")),
        new("A slot is lost", new Edit("            _taken--;\n", "")),
        new(
            "A slot comes back in two steps",
            new Edit("            _taken--;\n", "        }\n\n        lock (_lock)\n        {\n            _taken--;\n")),
        new(
            "A slot is free for a moment while children wait",
            new Edit(
                "            if (_waiting.TryDequeue(out ILimitedChild? next))\n            {\n",
                "            _taken--;\n        }\n\n        lock (_lock)\n        {\n"
                    + "            if (_taken < size && _waiting.TryDequeue(out ILimitedChild? next))\n            {\n                "
                    + "_taken++;\n"),
            new Edit(
                "                return next;\n            }\n\n            _taken--;\n",
                "                return next;\n            }\n\n")),
        new("A child waits though a slot is free", new Edit("if (_taken < size)\n", "if (_taken + 1 < size || _taken == 0)\n")),
        new(
            "A slot goes on before its child is judged",
            new Edit(
                "        group.CompleteChild(ended, record);\n        Release(ended, hasSlot: true);",
                "        group.ReleaseChildCount(hasSlot: true);\n        group.CompleteChild(ended, record);\n        "
                    + "completion.CompleteTask(ended);\n        group.Release();")),
        new(
            "A slot goes on before a child without a task is judged",
            new Edit(
                "            group.CompleteChild(task, record);\n            group.PassSlotOn();\n",
                "            group.PassSlotOn();\n            group.CompleteChild(task, record);\n")),
        new(
            "A slot is taken after a look that came before the lock",
            new Edit(
                "        lock (_lock)\n        {\n            if (_taken < size)\n            {\n                "
                    + "_taken++;\n                return Admission.Admitted;\n            }\n\n",
                "        bool isFree = _taken < size;\n        lock (_lock)\n        {\n"
                    + "            if (isFree)\n            {\n                _taken++;\n                return "
                    + "Admission.Admitted;\n            }\n\n")),
        new(
            "Extras are made twice",
            new Edit("return _contingent ??= new ContingentState();", "return _contingent = new ContingentState();")),
        new(
            "The group stays on the caller's token",
            new Edit("            registry.CallerRegistration.Unregister();", "            _ = registry.CallerRegistration;")),
        new(
            "A dropped child cuts nothing short",
            new Edit(
                "        if (isCanceled)\n        {\n            _state.MarkCutShort();",
                "        if (isCanceled)\n        {\n            _ = record;")),

        // What a body's synchronous part counts itself.
        new(
            "The biased count begins after others know the group",
            new Edit("        _biased = hasBody ? BiasedChildCount.Begin(this, settings, _state.Token) : null;\n", ""),
            new Edit(
                "CancelByCaller((TaskGroup)group!, token), this);\n        }\n    }\n",
                "CancelByCaller((TaskGroup)group!, token), this);\n        }\n\n"
                    + "        _biased = hasBody ? BiasedChildCount.Begin(this, settings, _state.Token) : null;\n    }\n")),
        new("A cancellation leaves the biased count open", new Edit("        _biased?.Close(); ", "        ")),
        new(
            "The count closes after other code can see that the group is ending",
            new Edit(
                "        group.PrepareCancellation();\n        return group.State.TryCancel(reason);",
                "        group.GetOrCreateContingent();\n        bool isFirst = group.State.TryCancel(reason);\n"
                    + "        group.PrepareCancellation();\n        return isFirst;")),
        new("A closed count is used", new Edit(" && !Volatile.Read(ref _isClosed)", "")),
        new("Another thread uses the biased count", new Edit(" && ReferenceEquals(_thread, Thread.CurrentThread)", "")),
        new(
            "A child too few is merged",
            new Edit("_state.Merge(biased.Count);", "_state.Merge(Math.Max(0, biased.Count - 1));")),
        new(
            "A child too many is merged",
            new Edit("_state.Merge(biased.Count);", "_state.Merge(biased.Count + 1);")),
        new(
            "A biased child that ended at once stays counted",
            new Edit("            biased.EndInvoke();\n", "            _ = biased;\n")),
        new(
            "A biased child is uncounted while it is watched",
            new Edit(
                "            ChildRecord.Watch(null, task, this);\n            biased.Retain();",
                "            biased.EndInvoke();\n            ChildRecord.Watch(null, task, this);\n            biased.Add();")),
        new(
            "A biased child that runs on is not counted",
            new Edit("            biased.Retain();", "            biased.EndInvoke();")),
        new(
            "A biased child that runs on is counted twice",
            new Edit("            biased.Retain();", "            biased.Add();")),
        new(
            "A biased count is merged after its part has ended",
            new Edit(
                "        _state.Merge(biased.Count);\n        biased.Exit();\n",
                "        int count = biased.Count;\n        biased.Exit();\n        _state.Merge(count);\n")),
        new(
            "A reader trusts a biased count that was merged meanwhile",
            ProgramThatCounts,
            new Edit("            if (_biased.IsOf(this))\n", "            if (biased >= 0)\n")),
        new(
            "A bias that is used up is not merged",
            UsedUpByTwo,
            new Edit(
                "_state.Merge(biased.Count);",
                "if (biased.Count < GroupState.MaxBiasedCount) _state.Merge(biased.Count);")),
        new(
            "The child that uses up the bias is counted twice",
            UsedUpByTwo,
            new Edit("            Close(); // the bias", "            Close(); _counts += Retained; // the bias")),
        new(
            "An owner's close does not leave the parent",
            new Edit(
                "        ReleaseResources();\n        ReleaseParent();\n        return true;",
                "        ReleaseResources();\n        return true;")),
        new(
            "An owner's close passes over failures that canceled nobody",
            new Edit(
                "!OutcomeRules.CancelsGroup(Settings.FailurePolicy, isOfBody: true) || !_state.TryComplete",
                "!_state.TryComplete")),
        new(
            "An owner's failure is lost",
            new Edit(
                "OnBodyCompleted(bodyFailure is null ? Task.CompletedTask : VoidResult.FromException(bodyFailure));",
                "OnBodyCompleted(Task.CompletedTask);")),
        new(
            "A nested group does not hear that the host stops",
            new Edit("parent.CancellationReason == CancellationReason.HostStopping\n", "parent.IsCompleted\n")),
        new(
            "A group that the host stopped succeeds although work was cut short",
            new Edit(
                "(_, true, CancellationReason.CallerCanceled or CancellationReason.HostStopping, _)",
                "(_, true, CancellationReason.CallerCanceled, _)")),
        new(
            "A start is refused when its step was overtaken",
            new Edit(
                "                return Entry.Admitted;\n            }\n",
                "                return Entry.Admitted;\n            }\n\n            if (asChild) return Entry.Ending;")),
        new(
            "A registry that is made late is made twice",
            new Edit(
                "        Registry ?? Interlocked.CompareExchange(ref _registry, new ChildRegistry(null, null), null) ?? _registry;",
                "        Registry ?? (_registry = new ChildRegistry(null, null));")),
        new(
            "The observers hear of the completion after the join",
            new Edit("        ReleaseResources();\n        CompleteTask(_completion!);",
                "        CompleteTask(_completion!);\n        ReleaseResources();")),
        new(
            "The observers hear of a child after its hold went back",
            new Edit(
                "        CompleteChild(task, record);\n        ReleaseChild();",
                "        if (record is not null && task.IsCompletedSuccessfully)\n        {\n            ReleaseChild();\n"
                    + "            CompleteChild(task, record);\n            return;\n        }\n\n        CompleteChild(task, "
                    + "record);\n        ReleaseChild();")),
        new(
            "Stragglers are told of without a hold",
            new Edit("        if (!_state.TryHold())\n        {\n            return;\n        }\n", ""),
            new Edit(
                "ChildStraggling(this, child.Name, since);\n            }\n        }\n\n        Release();",
                "ChildStraggling(this, child.Name, since);\n            }\n        }\n")),
        new(
            "The observers hear of a cancellation before the token fires",
            new Edit(
                "        FireSignals(contingent);\n        CancelWaitingChildren();\n        "
                    + "Settings.Observers?.GroupCanceled(this, CancellationReason, child, cause);\n",
                "        Settings.Observers?.GroupCanceled(this, CancellationReason, child, cause);\n"
                    + "        FireSignals(contingent);\n        CancelWaitingChildren();\n")),
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
            "A line is used again before the observers have heard its name",
            new Edit("isFirstThrown);\n            record.Free();\n", "isFirstThrown);\n"),
            new Edit(
                "            _registry!.Remove(record);\n            ReportChild(",
                "            _registry!.Remove(record);\n            record.Free();\n            ReportChild(")),
        new(
            "A nested group's record is used again before it has left the registry",
            new Edit(
                "            parent.Registry!.Remove(entry);\n            entry.Free();",
                "            entry.Free();\n            parent.Registry!.Remove(entry);")),
        new(
            "Whether the queue is full is asked before the lock",
            new Edit(
                "        lock (_lock)\n        {\n            if (_taken < size)\n            {\n                _taken++;\n"
                    + "                return Admission.Admitted;\n            }\n\n            if (_waiting.Count >= maxWaiting)",
                "        bool isFull = _waiting.Count >= maxWaiting;\n        lock (_lock)\n        {\n            if (_taken < size)\n"
                    + "            {\n                _taken++;\n                return Admission.Admitted;\n            }\n\n"
                    + "            if (isFull)")),
        new(
            "Whether there is room is asked before the lock",
            new Edit(
                "        lock (_lock)\n        {\n            if (_taken < size || _isClosed)",
                "        bool hasRoom = _taken < size || _isClosed;\n        lock (_lock)\n        {\n            if (hasRoom)")),
        new(
            "Who waits for room is looked up before the slot is back",
            new Edit(
                "        TaskCompletionSource? capacity;\n        lock (_lock)\n        {\n"
                    + "            _moves++;\n            if (_waiting.TryDequeue(out ILimitedChild? next))\n            {\n"
                    + "                return next;\n            }\n\n"
                    + "            _taken--;\n            capacity = _capacity;",
                "        TaskCompletionSource? capacity = _capacity;\n        lock (_lock)\n        {\n"
                    + "            _moves++;\n            if (_waiting.TryDequeue(out ILimitedChild? next))\n            {\n"
                    + "                return next;\n            }\n\n"
                    + "            _taken--;")),
        new(
            "A group is closed by two",
            new Edit(
                "        if (Interlocked.CompareExchange(ref _completion, completion, null) is { } earlier)\n        {\n            return "
                    + "earlier.Task;\n"
                    + "        }",
                "        if (Volatile.Read(ref _completion) is { } earlier)\n        {\n"
                    + "            return earlier.Task;\n        }\n\n"
                    + "        Volatile.Write(ref _completion, completion);")),
    ];

    /// <summary>Faults that show only where each statement is a step.</summary>
    public static Fault[] BetweenStatements { get; } =
    [
        new(
            "Nested groups enter the registry without its lock",
            new Edit(
                "        lock (Lock)\n        {\n            ChildRecord first = _first ??= record;",
                "        {\n            ChildRecord first = _first ??= record;")),
        new(
            "Nested groups leave the registry without its lock",
            new Edit(
                "        lock (Lock)\n        {\n            record.Previous!.Next = record.Next;",
                "        {\n            record.Previous!.Next = record.Next;")),
        new(
            "Nested groups are copied without the registry's lock",
            ProgramOfTwoNested,
            new Edit(
                "        var nested = new List<TaskGroup>();\n        lock (Lock)",
                "        var nested = new List<TaskGroup>();")),
        new(
            "A slot is taken without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            if (_taken < size)",
                "        {\n            if (_taken < size)")),
        new(
            "A slot comes back without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            _moves++;\n            if (_waiting.TryDequeue(out ILimitedChild? next))",
                "        {\n            _moves++;\n            if (_waiting.TryDequeue(out ILimitedChild? next))")),
        new(
            "The queue is emptied without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            if (!isShared)",
                "        {\n            if (!isShared)")),
        new(
            "Failures are recorded without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            _failures ??= new FailureList();",
                "        {\n            _failures ??= new FailureList();")),
        new(
            "The soft signal is made without the lock",
            ProgramThatAsksTwice,
            new Edit(
                "        lock (_lock)\n        {\n            if (_stopping is null)",
                "        {\n            if (_stopping is null)")),
        new(
            "A stop that comes while the soft signal is made is lost",
            ProgramThatAsksTwice,
            new Edit(
                "        lock (_lock)\n        {\n            if (_stopping is null)",
                "        bool isStopped = _isStopped;\n"
                + "        lock (_lock)\n        {\n            if (_stopping is null)"),
            new Edit("                if (_isStopped)\n", "                if (isStopped)\n")),
        new(
            "A lent child is moved in two steps",
            new Edit(
                "    public void Retain() => Change(Retained - 1);",
                "    public void Retain()\n    {\n        _counts--;\n        Change(Retained);\n    }")),
        new(
            "A stage is left without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            Stage before = _stage;",
                "        {\n            Stage before = _stage;"))
        {
            Program = typeof(StartProgram),
        },
        new(
            "A race is won without the lock",
            new Edit(
                "        private bool TryWin(T result)\n        {\n            lock (_lock)",
                "        private bool TryWin(T result)\n        {"))
        {
            Program = typeof(RaceProgram),
        },
        new(
            "The winner's prize is noted after others know of a winner",
            new Edit(
                "                _results?.HandOut(result);\n                return true;\n            }\n",
                "            }\n\n            _results?.HandOut(result);\n            return true;\n"))
        {
            Program = typeof(RaceProgram),
        },
        new(
            "A prize that two losers share is disposed by both",
            new Edit(
                "        result is IAsyncDisposable or IDisposable && _settled.TryAdd(result, null) ? DisposeNowAsync(result) : default;",
                "        DisposeLateAsync(result);\n\n    private ValueTask DisposeLateAsync(object? result)\n    {\n"
                    + "        bool isSettled = _settled.TryGetValue(result!, out _);\n        _settled.AddOrUpdate(result!, null);\n"
                    + "        return isSettled ? default : DisposeNowAsync(result);\n    }"))
        {
            Program = typeof(RaceProgram),
        },
    ];

    /// <summary>Faults of <c>RaceAsync</c>.</summary>
    public static Fault[] OfRaces { get; } = In(
        typeof(RaceProgram),
    [
        new(
            "A second winner takes the place of the first",
            new Edit("                if (_isWon)\n", "                if (_isWon && _failures is null)\n")),
        new(
            "A winner looks before the lock whether the race is won",
            new Edit(
                "            lock (_lock)\n            {\n                if (_isWon)\n                {\n                    return "
                    + "false;\n                }\n\n",
                "            if (_isWon)\n            {\n                return false;\n            }\n\n            lock "
                    + "(_lock)\n            {\n")),
        new(
            "What comes too late is kept",
            new Edit("await _results.DisposeAsync(task.Result).ConfigureAwait(false);", "await Task.CompletedTask;")),
        new(
            "A race that was canceled keeps its prize",
            new Edit("await _results.TakeBackAsync(_result).ConfigureAwait(false);", "await Task.CompletedTask;")),
        new(
            "A race that all have lost when it is canceled is won by nobody",
            new Edit(
                "                if (group.IsCutShort)\n",
                "                if (group.IsEnding && !group.IsCutShort) return default!;\n                if (group.IsCutShort)\n")),
        new(
            "A failure among canceled contenders fails the race",
            new Edit(
                "                if (group.IsCutShort)\n",
                "                if (group.IsCutShort && _failures.Count == 0)\n")),
    ]);

    /// <summary>Faults of <c>StartAsync</c>.</summary>
    public static Fault[] OfStarts { get; } = In(
        typeof(StartProgram),
    [
        new(
            "Whoever gives up reaches a child that is just getting ready",
            new Edit(
                "        switch (Leave(Stage.Abandoned))\n",
                "        if (_stage == Stage.GettingReady)\n            CancelChild();\n        else switch (Leave(Stage.Abandoned))\n")),
        new(
            "A failure is lost if the child is just getting ready",
            new Edit(
                "return Leave(Stage.Ended) == Stage.Started ? child : EndBeforeReady(child);",
                "bool isReady = _ready.Task.IsCompleted; Leave(Stage.Ended); return isReady ? child : EndBeforeReady(child);"),
            new Edit("        _ready.SetException(failures);", "        _ready.TrySetException(failures);")),
        new(
            "A stage is left after a look that came before the lock",
            new Edit(
                "        lock (_lock)\n        {\n            Stage before = _stage;\n",
                "        Stage before = _stage;\n        lock (_lock)\n        {\n")),
        new(
            "A child that was given up while it waited is invoked",
            new Edit(
                "Leave(Stage.GettingReady) == Stage.Waiting ?",
                "Leave(Stage.GettingReady) is Stage.Waiting or Stage.Abandoned ?")),
        new(
            "A child that is taken out of the queue keeps its hold",
            new Edit(
                "            child.Reject();\n            group.HostContext.OnPlaceFreed?.Invoke();\n",
                "            group.HostContext.OnPlaceFreed?.Invoke();\n")),
        new("The start of a child that was dropped does not end", new Edit("        Optional?.CancelBeforeStart();\n", "")),
        new(
            "The start of a child that was dropped ends after its group",
            new Edit(
                "        Optional?.CancelBeforeStart();\n        Release(completion is null ? null : TWork.FromException("
                    + "group.CanceledException()), hasSlot);\n",
                "        Release(completion is null ? null : TWork.FromException(group.CanceledException()), hasSlot);\n"
                    + "        Optional?.CancelBeforeStart();\n")),
        new(
            "The starter's token is forgotten before it is known who came first",
            new Edit("                _callerToken = default;\n", ""),
            new Edit(
                "        switch (Leave(Stage.Started))\n",
                "        _callerToken = default;\n        switch (Leave(Stage.Started))\n")),
        new(
            "A start that was given up ends before its child has left the queue",
            new Edit(
                "                LeaveQueue();\n                CancelStart(_callerToken);",
                "                CancelStart(_callerToken);\n                LeaveQueue();")),
        new(
            "A child that comes into the queue after its start was given up stays there",
            new Edit(
                "            if (IsAbandoned)\n            {\n                LeaveQueue(); // it may have come into the queue after that\n"
                    + "            }",
                "")),
    ]);

    /// <summary>
    /// No fault: a race of a few instructions, which among all programs comes up too seldom, is walked in the program made for it.
    /// </summary>
    private static Edit ProgramThatCounts => Only("Small[^1]");

    /// <inheritdoc cref="ProgramThatCounts"/>
    private static Edit ProgramCanceledTwice => Only("Small[^2]");

    /// <inheritdoc cref="ProgramThatCounts"/>
    private static Edit ProgramThatAsksTwice => Only("Small[^16]");

    /// <inheritdoc cref="ProgramThatCounts"/>
    private static Edit ProgramOfTwoNested => Only("Small[^6]");

    /// <summary>No fault: where only small programs are walked, each comes up often.</summary>
    public static Edit SmallPrograms => Only("Small[random.Next(Small.Length)]");

    /// <summary>No fault: a bias so small that programs use it up.</summary>
    public static Edit UsedUpByTwo =>
        new("public const int MaxBiasedCount = BiasSize / 4;", "public const int MaxBiasedCount = 2;");

    public static Fault[] In(Type program, Fault[] faults) => [.. faults.Select(fault => fault with { Program = program })];

    private static Edit Only(string program) => new(
        "return random.Next(3) == 0 ? Small[random.Next(Small.Length)] : Large(random, depth: 0);",
        $"return {program};");
}
