namespace TaskGroups.Explored;

/// <summary>Says how a group must have ended, from what its children and its body did (R10, R14, R18).</summary>
internal static class Oracle
{
    /// <summary>
    /// Whether work was cut short. Not always known: a child may be refused while the group completes, and stop may come just before
    /// cancel.
    /// </summary>
    private enum Cut
    {
        No,
        Maybe,
        Yes,
    }

    public static void Verify(GroupScene scene, CancellationTokenSource? caller)
    {
        foreach (GroupScene inner in scene.Inner)
        {
            Verify(inner, null);
        }

        if (scene.Group is null)
        {
            VerifyRefused(scene, caller);
            return;
        }

        scene.Rule(scene.HasCompleted, "the group never completes");
        scene.Rule(scene.Join is { IsCompleted: true }, "the group completed and its join did not");
        scene.Rule(scene.Group.Counts == (0, 0), $"slots or counts are lost: {scene.Group.Counts}");
        scene.Rule(
            scene.Group.CancellationReason == CancellationReason.None || scene.Group.CancellationToken.IsCancellationRequested,
            "the token never fired");
        foreach (ChildScene child in scene.Children)
        {
            VerifyChild(scene, child);
        }

        VerifyReason(scene);
        VerifyOutcome(scene, caller);
        if (scene.Observer is not null)
        {
            VerifyObserver(scene, scene.Observer);
        }
    }

    public static string Describe(GroupScene scene) =>
        $"{scene.Name}:{scene.Join?.Status}:{scene.Group?.CancellationReason}:"
        + string.Join(
            ',',
            scene.Join?.Exception?.InnerExceptions.Select(each => each is ExploredException ? each.Message : each.GetType().Name) ?? [])
        + ":" + string.Join(',', scene.Children
            .Select(each => (each.Invoked, each.IsCanceled, each.Failure is not null, each.IsRefused, each.IsFull, each.IsTooLate)))
        + string.Concat(scene.Inner.Select(inner => " " + Describe(inner)));

    private static void VerifyRefused(GroupScene scene, CancellationTokenSource? caller)
    {
        if (scene.Join is null)
        {
            scene.Rule(scene.Parent is not null, "the group was never opened");
            return;
        }

        CancellationToken token = caller?.Token ?? scene.Parent!.Group!.CancellationToken;
        scene.Rule(scene.Join.IsCanceled && TokenOf(scene.Join) == token, $"a group that was refused ended {scene.Join.Status} (R17)");
    }

    private static void VerifyChild(GroupScene scene, ChildScene child)
    {
        scene.Rule(!child.IsAlive, $"{child.Name} never ended");
        if (child.IsTaken && child.Invoked == 0)
        {
            scene.Rule(child.Handed is null or { IsCanceled: true }, $"{child.Name} was dropped, its task is {child.Handed?.Status} (R4)");
        }

        if (!child.IsTaken)
        {
            scene.Rule(child.Invoked == 0, $"{child.Name} was refused and invoked (R4)");
        }

        if (child.Invoked == 0 || child.Handed is not { } handed)
        {
            return;
        }

        bool fits = child.Failure is not null
            ? handed.Exception?.InnerExceptions is [var only] && only == child.Failure
            : child.IsCanceled ? handed.IsCanceled : handed.IsCompletedSuccessfully;
        scene.Rule(fits, $"{child.Name} and the task that was handed out ended differently: {handed.Status}");
    }

    private static void VerifyReason(GroupScene scene)
    {
        CancellationReason reason = scene.Group!.CancellationReason;
        bool fails = scene.BodyFailure is not null
            ? scene.Plan.Policy != FailurePolicy.CollectAll
            : scene.Plan.Policy == FailurePolicy.FailFast && scene.Children.Any(child => child.Failure is not null);
        bool fits = reason switch
        {
            CancellationReason.None => !fails,
            CancellationReason.ChildFailed => fails
                || (scene.Plan.Policy == FailurePolicy.FailFast && scene.Children.Any(child => child.Failure is not null)),
            CancellationReason.Requested => scene.IsCancelAsked,
            CancellationReason.CallerCanceled => scene.Parent is null
                || scene.Parent.Group!.CancellationReason is not (CancellationReason.None or CancellationReason.HostStopping),
            CancellationReason.HostStopping => scene.IsHostStopping
                || scene.Parent?.Group!.CancellationReason == CancellationReason.HostStopping,
            CancellationReason.TimedOut => scene.Plan.Outside.Contains(Outside.Timeout),
            _ => false,
        };
        scene.Rule(fits, $"the reason is {reason} (R9, R17)");
    }

    private static void VerifyOutcome(GroupScene scene, CancellationTokenSource? caller)
    {
        Task join = scene.Join!;
        List<(Exception Exception, int From, int Until)> failures = FailuresOf(scene);
        if (failures.Count > 0)
        {
            List<Exception> thrown = [.. join.Exception?.InnerExceptions ?? Enumerable.Empty<Exception>()];
            scene.Rule(
                thrown.Count == failures.Count && failures.TrueForAll(each => thrown.Contains(each.Exception)),
                $"{failures.Count} failures, and the join has {thrown.Count}: {string.Join(", ", thrown.Select(each => each.Message))} "
                    + $"(R10)");
            foreach ((Exception earlier, _, int until) in failures)
            {
                foreach ((Exception later, int from, _) in failures)
                {
                    scene.Rule(until >= from || thrown.IndexOf(earlier) < thrown.IndexOf(later), "failures are out of order (R10, R15)");
                }
            }

            bool isByFailure = scene.Group!.CancellationReason == CancellationReason.ChildFailed;
            scene.Rule(
                !isByFailure || !scene.Children.Any(child => child.Kind == Child.FailsWhenTold && child.Failure == thrown[0]),
                "the failure that canceled the group is not the first (R15)");
            return;
        }

        CancellationToken token = caller?.Token ?? scene.Parent!.Group!.CancellationToken;
        Cut cut = CutOf(scene);
        bool isWhole = join.IsCompletedSuccessfully;
        bool isCutRightly = scene.Group!.CancellationReason switch
        {
            CancellationReason.TimedOut => join.Exception?.InnerExceptions is [TimeoutException],
            CancellationReason.CallerCanceled => join.IsCanceled && TokenOf(join) == token,
            CancellationReason.HostStopping => join.IsCanceled,
            _ => isWhole,
        };
        scene.Rule(
            cut switch { Cut.No => isWhole, Cut.Yes => isCutRightly, _ => isWhole || isCutRightly },
            $"the join is {join.Status} (R18, R19)");
    }

    private static List<(Exception Exception, int From, int Until)> FailuresOf(GroupScene scene)
    {
        List<(Exception, int, int)> failures = [];
        if (scene.BodyFailure is { } failure)
        {
            failures.Add((failure, scene.BodyFailedFrom, scene.BodyFailedUntil));
        }

        if (scene.Plan.Policy != FailurePolicy.Supervise)
        {
            failures.AddRange(scene.Children.Where(child => child.Failure is not null)
                .Select(child => (child.Failure!, child.FailedFrom, child.FailedUntil)));
        }

        return failures;
    }

    private static Cut CutOf(GroupScene scene)
    {
        if (scene.Group!.CancellationReason == CancellationReason.None)
        {
            return Cut.No;
        }

        Cut cut = scene.IsBodyCanceled ? Cut.Yes : Cut.No;
        foreach (ChildScene child in scene.Children)
        {
            cut = Worse(cut, CutOf(child));
        }

        foreach (GroupScene inner in scene.Inner.Where(inner => inner.Join is not null))
        {
            if (inner.Group is null)
            {
                cut = Worse(cut, inner.IsRefusedLate ? Cut.Maybe : Cut.Yes);
            }
            else if (inner.Group.CancellationReason is CancellationReason.CallerCanceled or CancellationReason.HostStopping)
            {
                cut = Worse(cut, inner.IsHostStopping && CutOf(inner) == Cut.Yes ? Cut.Maybe : CutOf(inner)); // by itself, or by its parent
            }
        }

        return cut;
    }

    private static Cut CutOf(ChildScene child)
    {
        if (child.IsCanceled)
        {
            return child.Kind == Child.Soft ? Cut.Maybe : Cut.Yes;
        }

        if (child.IsRefused)
        {
            return child.IsRefusedLate ? Cut.Maybe : Cut.Yes;
        }

        return child is { IsTaken: true, Invoked: 0 } ? Cut.Yes : Cut.No;
    }

    private static Cut Worse(Cut one, Cut other) => one > other ? one : other;

    private static void VerifyObserver(GroupScene scene, CountingObserver heard)
    {
        int failed = scene.Children.Count(child => child.Failure is not null);
        int canceled = scene.Children.Count(child => child.IsCanceled);
        int invoked = scene.Children.Count(child => child.Invoked > 0);
        int dropped = scene.Children.Count(child => child is { IsTaken: true, Invoked: 0 });
        int refused = scene.Children.Count(child => child.IsRefused); // or taken, and dropped before Run came back
        bool isCanceled = scene.Group!.CancellationReason != CancellationReason.None;
        scene.Rule(
            heard is { Opened: 1, Completed: 1 } && heard.Canceled == (isCanceled ? 1 : 0),
            "the observer was not told once of the group");
        scene.Rule(
            heard.Started == invoked && heard.NeverStarted >= dropped && heard.NeverStarted <= dropped + refused,
            "the observer was not told once of each start");
        scene.Rule(heard.Outcomes[(int)ChildOutcome.Failed] == failed, "the observer counted other failures");
        scene.Rule(heard.Outcomes[(int)ChildOutcome.Canceled] == canceled, "the observer counted other cancellations");
        scene.Rule(heard.Outcomes.Sum() == invoked, "started is not succeeded + failed + canceled");

        IEnumerable<Exception> unseen = scene.Children.Where(child => child.Failure is not null).Select(child => child.Failure!);
        if (scene.BodyFailure is not null)
        {
            unseen = unseen.Append(scene.BodyFailure);
        }

        // An await throws the first of all. A nested group need not be awaited: then the observer gets it as the cause of a cancellation,
        // or as unseen.
        if (scene.Join!.Exception?.InnerExceptions is [ExploredException first, ..]
            && !(scene.Parent is not null && first == scene.BodyFailure && first != heard.Cause))
        {
            unseen = unseen.Except([first]);
        }

        scene.Rule(
            unseen.Order(ByMessage).SequenceEqual(heard.Unseen.Order(ByMessage)),
            "the observer was not told once of each failure that no await throws (R14)");
    }

    private static readonly Comparer<Exception> ByMessage =
        Comparer<Exception>.Create((one, other) => string.CompareOrdinal(one.Message, other.Message));

    private static CancellationToken TokenOf(Task canceled)
    {
        try
        {
            canceled.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException exception) when (canceled.IsCanceled)
        {
            return exception.CancellationToken;
        }

        return default;
    }
}
