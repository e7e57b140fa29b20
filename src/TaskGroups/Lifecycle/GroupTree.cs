namespace TaskGroups;

/// <summary>
/// What travels through the tree of nested groups: holds, cancellation, stop. Walks are iterative; they mark every group at once, and
/// callbacks run on other threads (R22).
/// </summary>
internal static class GroupTree
{
    // Deep trees are mistakes (a recursion that nests a group per level), and everything that walks a tree stays bounded.
    private const int MaxDepth = 128;

    /// <summary>Takes a hold of a group for one that is about to be nested in it.</summary>
    /// <returns><see langword="false"/> if the parent is ending and <paramref name="evenIfEnding"/> is not given.</returns>
    /// <exception cref="InvalidOperationException">The parent has completed, or lies too deep.</exception>
    public static bool TryEnter(TaskGroup parent, string? name, bool evenIfEnding)
    {
        int depth = 0;
        for (TaskGroup? outer = parent.Parent; outer is not null; outer = outer.Parent)
        {
            depth++;
        }

        if (depth >= MaxDepth)
        {
            throw ErrorMessages.IsNestedTooDeep(parent, DisplayName.ForGroup(name), MaxDepth);
        }

        switch (parent.State.TryAdmit(asChild: false, evenIfEnding))
        {
            case GroupState.Entry.Completed:
                throw ErrorMessages.HasCompleted(parent, DisplayName.ForGroup(name));
            case GroupState.Entry.Ending:
                parent.State.MarkCutShort();
                return false;
            default:
                return true;
        }
    }

    /// <summary>Adds a group that opens to the tree, and lets it follow its parent.</summary>
    /// <remarks>
    /// The walk that cancels the parent marks it, then reads its children. The new group adds itself, then reads the marks. At least one of
    /// the two sees the other.
    /// </remarks>
    public static void Add(TaskGroup nested, TaskGroup parent)
    {
        var entry = ChildRecord.OfNested(nested);
        nested.Registry!.ParentEntry = entry;
        parent.GetOrCreateRegistry().Add(entry);
        if (parent.IsStopped)
        {
            Stop(nested);
        }

        if (parent.IsEnding)
        {
            CancelByParent(nested, parent);
        }
    }

    /// <summary>Takes a group that has completed out of the tree, and returns its hold of the parent.</summary>
    public static void Remove(TaskGroup nested, TaskGroup parent)
    {
        if (nested.Registry!.ParentEntry is { } entry)
        {
            parent.Registry!.Remove(entry);
            entry.Free();
            nested.Registry.ParentEntry = null;
        }

        if (nested.IsCutShort && nested.Contingent!.IsCanceledByParent)
        {
            parent.State.MarkCutShort();
        }

        parent.Release();
    }

    /// <summary>Cancels a group and the groups below it.</summary>
    /// <returns>Whether this call canceled the group.</returns>
    public static bool Cancel(TaskGroup top, CancellationReason reason, string? child = null, Exception? cause = null)
    {
        if (!TryCancel(top, reason))
        {
            return false;
        }

        top.Contingent!.CallerToken = top.CancellationToken;
        top.Contingent.CanceledByChild = child;
        CancelTree(top, child, cause);
        return true;
    }

    public static void CancelByCaller(TaskGroup top, CancellationToken token)
    {
        if (TryCancel(top, CancellationReason.CallerCanceled))
        {
            top.Contingent!.CallerToken = token;
            CancelTree(top, null, null);
        }
    }

    /// <summary>
    /// Cancels a group whose caller's token has fired, or that lies in a group that is ending, if that has not canceled it yet: a child
    /// that uses that token itself may have seen it first (R17).
    /// </summary>
    /// <returns>Whether the group is ending.</returns>
    public static bool CatchUp(TaskGroup group)
    {
        // Each turn ends a group further down, by this thread or by the one whose walk comes down to it.
        while (FindOutermostBehind(group) is { } behind)
        {
            if (behind.Parent is { IsEnding: true } ending)
            {
                CancelByParent(behind, ending);
            }
            else
            {
                CancelByCaller(behind, behind.Registry!.CallerRegistration.Token);
            }
        }

        return group.IsEnding;
    }

    /// <summary>Asks a group and the groups below it to finish.</summary>
    public static void Stop(TaskGroup top)
    {
        var pending = new Stack<TaskGroup>();
        pending.Push(top);
        while (pending.TryPop(out TaskGroup? group))
        {
            if (!group.State.TryHold())
            {
                continue;
            }

            (bool isFirst, CancellationTokenSource? stopping) = group.GetOrCreateContingent().Stop();
            if (isFirst)
            {
                group.CancelAsyncAndHold(stopping);
                foreach (TaskGroup nested in group.Registry!.GetNested())
                {
                    pending.Push(nested);
                }
            }

            group.Release();
        }
    }

    /// <summary>
    /// The stopping token of the outermost stopped ancestor, or of the group itself: a body that ends because of <c>Stop</c> is canceled
    /// with it, and so is code that awaits a nested group.
    /// </summary>
    public static CancellationToken StopSignalOf(TaskGroup group) => StoppedAround(group).StoppingToken;

    /// <summary>The outermost group around a group, or the group itself, that was stopped; the group if none was.</summary>
    public static TaskGroup StoppedAround(TaskGroup group)
    {
        TaskGroup stopped = group;
        for (TaskGroup? outer = group.Parent; outer is not null; outer = outer.Parent)
        {
            stopped = outer.IsStopped ? outer : stopped;
        }

        return stopped;
    }

    private static TaskGroup? FindOutermostBehind(TaskGroup group)
    {
        TaskGroup? behind = null;
        for (TaskGroup? each = group; each is { IsEnding: false, IsCompleted: false }; each = each.Parent)
        {
            bool isBehind = each.Parent is { IsEnding: true }
                || each.Registry is { CallerRegistration.Token.IsCancellationRequested: true };
            behind = isBehind ? each : behind;
        }

        return behind;
    }

    private static void CancelByParent(TaskGroup nested, TaskGroup parent)
    {
        if (TryCancelByParent(nested, parent))
        {
            CancelTree(nested, null, null);
        }
    }

    private static bool TryCancelByParent(TaskGroup nested, TaskGroup parent)
    {
        // The parent counts as the caller; only the end of the application is the same reason on every level.
        CancellationReason reason = parent.CancellationReason == CancellationReason.HostStopping
            ? CancellationReason.HostStopping
            : CancellationReason.CallerCanceled;
        if (!TryCancel(nested, reason))
        {
            return false;
        }

        nested.Contingent!.CallerToken = parent.CancellationToken;
        nested.Contingent.IsCanceledByParent = true;
        return true;
    }

    private static bool TryCancel(TaskGroup group, CancellationReason reason)
    {
        group.PrepareCancellation();
        return group.State.TryCancel(reason);
    }

    private static void CancelTree(TaskGroup top, string? child, Exception? cause)
    {
        var pending = new Stack<TaskGroup>();
        pending.Push(top);
        while (pending.TryPop(out TaskGroup? group))
        {
            group.OnCanceled(group == top ? child : null, group == top ? cause : null);
            foreach (TaskGroup nested in group.Registry!.GetNested())
            {
                if (TryCancelByParent(nested, group))
                {
                    pending.Push(nested);
                }
            }

            group.Release(); // the hold of TryCancel
        }
    }
}
