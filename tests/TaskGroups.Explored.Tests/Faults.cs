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
                "public bool LeaveAsChild() => (Interlocked.Add(ref _word, -(Hold + Child)) & Holds) == 0;",
                "public bool LeaveAsChild() { bool isLast = Leave(); UncountChild(); return isLast; }")),
        new(
            "TryCompleteAlone looks first",
            new Edit(
                "return Interlocked.CompareExchange(ref _word, 0, alone) == alone;",
                "if (Volatile.Read(ref _word) != alone) return false; Volatile.Write(ref _word, 0); return true;")),
        new("A late nested group does not look at its parent", new Edit("            FollowParent(parent);\n", "")),
        new(
            "A stop does not reach what is nested deeper",
            new Edit(
                "                foreach (TaskGroup nested in group.Registry!.GetNested())\n                {\n                    "
                    + "toTell.Push(nested);\n                }\n            }\n",
                "                foreach (TaskGroup nested in group == this ? group.Registry!.GetNested() : [])\n                "
                    + "{\n                    toTell.Push(nested);\n                }\n            }\n")),
        new("A late nested group does not hear of a stop", new Edit(
                "        if (parent.IsStopped)\n",
            "        if (parent is { IsStopped: true, IsEnding: true })\n")),
        new(
            "A child that came into the queue late stays there",
            new Edit(
                "                if (IsEnding)\n                {\n                    DropWaiting();",
                "                if (Name is null)\n                {\n                    DropWaiting();")),
        new(
            "A stop before the token was asked for is lost",
            new Edit(
                "                    if (_isStopped)\n",
                "                    if (_isForsaken && _id == 1)\n")),
        new(
            "A stop fires only what nobody has",
            new Edit("bool first = !_isStopped;", "bool first = !_isStopped && _stopping is null;")),
        new("A token's callbacks are not waited for", new Edit("        _state.EnterAgain();\n", "")),
        new(
            "Callbacks are waited for after they may have ended",
            new Edit("        _state.EnterAgain();\n", ""),
            new Edit(
                "            Leave();\n        });\n",
                "            Leave();\n        });\n        _state.EnterAgain();\n")),
        new(
            "The child's task comes before its count",
            new Edit(
                "        group.UncountChild(hasSlot);\n        child.Hand(ended);",
                "        child.Hand(ended);\n        group.UncountChild(hasSlot);")),
        new(
            "The join comes before the child's task",
            new Edit(
                "        child.Hand(ended);\n        group.Leave();",
                "        group.Leave();\n        child.Hand(ended);")),
        new(
            "The body returns its hold twice",
            new Edit(
                "        Leave();\n    }\n\n    private void BodyFailed(",
                "        Leave();\n        Leave();\n    }\n\n    private void BodyFailed(")),
        new(
            "A nested body that fails and cancels nobody is not heard of",
            new Edit("isFirstThrown && !hasCanceled;", "isFirstThrown && hasCanceled;")),
        new(
            "The parent joins before its nested group",
            new Edit(
                "        Resolve(_join!);\n        if (",
                "        LeaveParent();\n        Resolve(_join!);\n        if (Parent is not null)\n            return;\n        if (")),
        new(
            "A failure is recorded after it canceled",
            new Edit(
                "                (failures, isFirstThrown) = GetOrCreateContingent().Record(result.Failures);\n"
                    + "                EndOnFailure(FailurePolicy.FailFast, member?.Name, result.Failures[0]);",
                "                EndOnFailure(FailurePolicy.FailFast, member?.Name, result.Failures[0]);\n"
                    + "                (failures, isFirstThrown) = GetOrCreateContingent().Record(result.Failures);")),
        new(
            "A hold goes back before the child is counted out",
            new Edit(
                "        _state.UncountChild();\n",
                "        Leave();\n        _state.UncountChild();\n        _state.EnterAgain();\n")),
        new(
            "A queued child does not ask whether the group was canceled",
            new Edit("if (group.HasBeenEnded)", "if (group.IsCompleted)")),
        new(
            "Who ends a group makes its extras too late",
            ProgramCanceledTwice,
            new Edit("        GetOrCreateContingent(); // for the same reason: see HasBeenEnded\n", "")),
        new("A slot is lost", new Edit("            _taken--;\n", "")),
        new(
            "A slot comes back in two steps",
            new Edit("            _taken--;\n", "        }\n\n        lock (_lock)\n        {\n            _taken--;\n")),
        new(
            "A slot is free for a moment while children wait",
            new Edit(
                "            if (_waiting.TryDequeue(out IQueuedChild? next))\n            {\n",
                "            _taken--;\n        }\n\n        lock (_lock)\n        {\n"
                    + "            if (_taken < size && _waiting.TryDequeue(out IQueuedChild? next))\n            {\n                "
                    + "_taken++;\n"),
            new Edit(
                "                return next;\n            }\n\n            _taken--;\n",
                "                return next;\n            }\n\n")),
        new("A child waits though a slot is free", new Edit("if (_taken < size)\n", "if (_taken + 1 < size || _taken == 0)\n")),
        new(
            "A slot goes on before its child is judged",
            new Edit(
                "        group.SettleUnlessPlain(ended, member);\n        Leave(child, ended, hasSlot: true);",
                "        group.UncountChild(hasSlot: true);\n        group.SettleUnlessPlain(ended, member);\n        "
                    + "child.Hand(ended);\n        group.Leave();")),
        new(
            "A slot goes on before a child without a task is judged",
            new Edit(
                "        group.SettleUnlessPlain(ended, member);\n        group.PassSlotOn();\n",
                "        group.PassSlotOn();\n        group.SettleUnlessPlain(ended, member);\n")),
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
            new Edit("return _contingent ??= new ContingentState(settings);", "return _contingent = new ContingentState(settings);")),
        new(
            "The group stays on the caller's token",
            new Edit("            registry.Caller.Unregister();", "            _ = registry.Caller;")),
        new(
            "A dropped child cuts nothing short",
            new Edit(
                "    {\n        _state.CutShort();\n        if (member is not null)",
                "    {\n        if (member is not null)")),

        // What a body's first part starts on loan.
        new(
            "The loan opens after others know the group",
            new Edit("        _opening = hasBody ? Opening.Begin(this) : null;\n", ""),
            new Edit(
                "EndWithCaller(token), this);\n        }\n    }\n",
                "EndWithCaller(token), this);\n        }\n\n        _opening = hasBody ? Opening.Begin(this) : null;\n    }\n")),
        new("A cancellation leaves the loan open", new Edit("        _opening?.Close(); ", "        ")),
        new(
            "The loan closes after everybody can see that the group is ending",
            new Edit(
                "        _opening?.Close(); // before the state says so: a child that is started later finds it out\n",
                ""),
            new Edit(
                "        return _state.TryEnd(reason);\n    }\n",
                "        bool isFirst = _state.TryEnd(reason);\n        _opening?.Close();\n        return isFirst;\n    }\n")),
        new("A closed loan is used", new Edit(" && !Volatile.Read(ref _isClosed)", "")),
        new("Another thread uses the loan", new Edit(" && ReferenceEquals(_thread, Thread.CurrentThread)", "")),
        new(
            "A child too few is repaid",
            new Edit("_state.Repay(opening.Borrowed);", "_state.Repay(Math.Max(0, opening.Borrowed - 1));")),
        new(
            "A child too many is repaid",
            new Edit("_state.Repay(opening.Borrowed);", "_state.Repay(opening.Borrowed + 1);")),
        new(
            "A child on loan that ended at once stays counted",
            new Edit("            opening.Leave(); // nothing", "            // nothing")),
        new(
            "A child on loan is uncounted while it is watched",
            new Edit(
                "            Watch.Over(task, this, null);\n            opening.Keep();",
                "            opening.Leave();\n            Watch.Over(task, this, null);\n            opening.Borrow();")),
        new(
            "A child on loan that runs on is not counted",
            new Edit("            opening.Keep();", "            opening.Leave();")),
        new(
            "A child on loan that runs on is counted twice",
            new Edit("            opening.Keep();", "            opening.Borrow();")),
        new(
            "A loan is repaid after its part has ended",
            new Edit(
                "        _state.Repay(opening.Borrowed);\n        opening.End();\n",
                "        int borrowed = opening.Borrowed;\n        opening.End();\n        _state.Repay(borrowed);\n")),
        new(
            "A count trusts a loan that was repaid meanwhile",
            ProgramThatCounts,
            new Edit("            if (_opening.IsOf(this))\n", "            if (borrowed >= 0)\n")),
        new(
            "A loan that is used up is not repaid",
            UsedUpByTwo,
            new Edit(
                "_state.Repay(opening.Borrowed);",
                "if (opening.Borrowed < GroupState.MaxBorrowed) _state.Repay(opening.Borrowed);")),
        new(
            "The child that uses up the loan is counted twice",
            UsedUpByTwo,
            new Edit("            Close(); // the loan", "            Close(); _counts += Loan; // the loan")),
        new(
            "An owner's close does not leave the parent",
            new Edit(
                "        TidyUp();\n        LeaveParent();\n        return true;",
                "        TidyUp();\n        return true;")),
        new(
            "An owner's close passes over failures that canceled nobody",
            new Edit(
                "Settings.FailurePolicy == FailurePolicy.CollectAll || !_state.TryComplete",
                "!_state.TryComplete")),
        new(
            "An owner's failure is lost",
            new Edit(
                "BodyEnded(bodyFailure is null ? Task.CompletedTask : VoidResult.FromException(bodyFailure));",
                "BodyEnded(Task.CompletedTask);")),
        new(
            "A nested group does not hear that the host stops",
            new Edit("parent.CancellationReason == CancellationReason.HostStopping\n", "parent.IsCompleted\n")),
        new(
            "A group that the host stopped succeeds although work was cut short",
            new Edit(
                "_state.IsCutShort && CancellationReason is CancellationReason.CallerCanceled or CancellationReason.HostStopping)",
                "_state.IsCutShort && CancellationReason is CancellationReason.CallerCanceled)")),
        new(
            "A start is refused when its step was overtaken",
            new Edit(
                "                return Entry.Taken;\n            }\n",
                "                return Entry.Taken;\n            }\n\n            if (asChild) return Entry.Ending;")),
        new(
            "A roster that is made late is made twice",
            new Edit(
                "        Registry ?? Interlocked.CompareExchange(ref _registry, new ChildRegistry(null), null) ?? _registry;",
                "        Registry ?? (_registry = new ChildRegistry(null));")),
        new(
            "The observers hear of the completion after the join",
            new Edit("        TidyUp();\n        Resolve(_join!);", "        Resolve(_join!);\n        TidyUp();")),
        new(
            "The observers hear of a child after its hold went back",
            new Edit(
                "        SettleUnlessPlain(task, member);",
                "        if (member is not null && task.IsCompletedSuccessfully)\n        {\n            LeaveAsChild();\n"
                    + "            SettleUnlessPlain(task, member);\n            return;\n        }\n\n        SettleUnlessPlain(task, "
                    + "member);")),
        new(
            "Stragglers are told of without a hold",
            new Edit("        if (!_state.TryEnterToTell())\n        {\n            return;\n        }\n", ""),
            new Edit(
                "ChildStraggling(this, child.Name, since);\n            }\n        }\n\n        Leave();",
                "ChildStraggling(this, child.Name, since);\n            }\n        }\n")),
        new(
            "The observers hear of a cancellation before the token fires",
            new Edit(
                "        Fire(_state);\n        DropWaiting();\n        Settings.Observers?.GroupCanceled(this, CancellationReason, "
                    + "child, cause);\n",
                "        Settings.Observers?.GroupCanceled(this, CancellationReason, child, cause);\n        Fire(_state);\n        "
                    + "DropWaiting();\n")),
        new(
            "A nested group leaves the roster after it left its parent",
            new Edit(
                "            parent.Registry!.Remove(place);\n            place.Free();\n            Registry.ParentEntry = null;\n",
                "            _ = place;\n"),
            new Edit(
                "        parent.Leave();\n",
                "        parent.Leave();\n        if (Registry!.ParentEntry is { } left)\n        {\n"
                    + "            parent.Registry!.Remove(left);\n            left.Free();\n        }\n")),
        new(
            "A line is used again before the observers have heard its name",
            new Edit("isFirstThrown);\n        }\n\n        member.Free();\n", "isFirstThrown);\n        }\n"),
            new Edit(
                "        Registry!.Remove(member);\n        if (Settings",
                "        Registry!.Remove(member);\n        member.Free();\n        if (Settings")),
        new(
            "A nested group's line is used again before it has left the roster",
            new Edit(
                "            parent.Registry!.Remove(place);\n            place.Free();",
                "            place.Free();\n            parent.Registry!.Remove(place);")),
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
                "        TaskCompletionSource? room;\n        lock (_lock)\n        {\n"
                    + "            if (_waiting.TryDequeue(out IQueuedChild? next))\n            {\n                return "
                    + "next;\n            }\n\n"
                    + "            _taken--;\n            room = _room;",
                "        TaskCompletionSource? room = _room;\n        lock (_lock)\n        {\n"
                    + "            if (_waiting.TryDequeue(out IQueuedChild? next))\n            {\n                return "
                    + "next;\n            }\n\n"
                    + "            _taken--;")),
        new(
            "A group is closed by two",
            new Edit(
                "        if (Interlocked.CompareExchange(ref _join, join, null) is GroupCompletion earlier)\n        {\n            return "
                    + "earlier.Task;\n"
                    + "        }",
                "        if (Volatile.Read(ref _join) is GroupCompletion earlier)\n        {\n"
                    + "            return earlier.Task;\n        }\n\n"
                    + "        Volatile.Write(ref _join, join);")),
    ];

    /// <summary>Faults that show only where each statement is a step.</summary>
    public static Fault[] BetweenStatements { get; } =
    [
        new(
            "Nested groups enter the roster without its lock",
            new Edit(
                "        lock (Lock)\n        {\n            Member first = _first ??= member;",
                "        {\n            Member first = _first ??= member;")),
        new(
            "Nested groups leave the roster without its lock",
            new Edit(
                "        lock (Lock)\n        {\n            member.Previous!.Next = member.Next;",
                "        {\n            member.Previous!.Next = member.Next;")),
        new(
            "Nested groups are copied without the roster's lock",
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
                "        lock (_lock)\n        {\n            if (_waiting.TryDequeue(out IQueuedChild? next))",
                "        {\n            if (_waiting.TryDequeue(out IQueuedChild? next))")),
        new(
            "The queue is emptied without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            _isClosed = true;",
                "        {\n            _isClosed = true;")),
        new(
            "Failures are recorded without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            _failures ??= new Failures();",
                "        {\n            _failures ??= new Failures();")),
        new(
            "The soft signal is made without the lock",
            ProgramThatAsksTwice,
            new Edit(
                "            lock (_lock)\n            {\n                if (_stopping is null)",
                "            {\n                if (_stopping is null)")),
        new(
            "A stop that comes while the soft signal is made is lost",
            ProgramThatAsksTwice,
            new Edit(
                "            lock (_lock)\n            {\n                if (_stopping is null)",
                "            bool isStopped = _isStopped;\n"
                + "            lock (_lock)\n            {\n                if (_stopping is null)"),
            new Edit("                    if (_isStopped)\n", "                    if (isStopped)\n")),
        new(
            "A lent child is moved in two steps",
            new Edit(
                "    public void Keep() => Lend(Loan - 1);",
                "    public void Keep()\n    {\n        _counts--;\n        Lend(Loan);\n    }")),
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
                "                _result = result;",
                "            }\n\n            lock (_lock)\n            {\n"
                    + "                if (_result is not null && _seenResults.Count > 1) return true;\n                _result = result;"))
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
            new Edit(
                "                await DisposeAsync(task.Result).ConfigureAwait(false);\n",
                "                await Task.CompletedTask;\n")),
        new(
            "A race that was canceled keeps its prize",
            new Edit("await DisposeAsync(_result).ConfigureAwait(false);", "await Task.CompletedTask;")),
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
        new(
            "A prize that two losers share is looked for before the lock",
            new Edit(
                "            lock (_lock)\n            {\n                return _seenResults.Add(result);",
                "            bool isNew = !_seenResults.Contains(result);\n            lock (_lock)\n            {\n"
                    + "                _seenResults.Add(result);\n                return isNew;")),
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
            new Edit("Remove(this)?.Withdraw()", "Remove(this)")),
        new("The start of a child that was dropped does not end", new Edit("        work.Optional?.Drop();\n", "")),
        new(
            "The start of a child that was dropped ends after its group",
            new Edit(
                "        work.Optional?.Drop();\n        Leave(child, null, hasSlot);\n",
                "        Leave(child, null, hasSlot);\n        work.Optional?.Drop();\n")),
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

    /// <summary>No fault: a loan so small that programs use it up.</summary>
    public static Edit UsedUpByTwo =>
        new("public const int MaxBorrowed = LoanSize / 4;", "public const int MaxBorrowed = 2;");

    public static Fault[] In(Type program, Fault[] faults) => [.. faults.Select(fault => fault with { Program = program })];

    private static Edit Only(string program) => new(
        "return random.Next(3) == 0 ? Small[random.Next(Small.Length)] : Large(random, depth: 0);",
        $"return {program};");
}
