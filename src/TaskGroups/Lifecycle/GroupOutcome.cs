namespace TaskGroups;

/// <summary>What the task of a completed group does when awaited.</summary>
internal enum GroupDecision
{
    /// <summary>It yields the body's value, or nothing.</summary>
    Succeed,

    /// <summary>It throws the failures.</summary>
    Fail,

    /// <summary>It throws a <see cref="TimeoutException"/>.</summary>
    TimeOut,

    /// <summary>It throws a cancellation with the token of the caller, of the parent, or of the host.</summary>
    CancelByCaller,

    /// <summary>It throws a cancellation with a token of the group: <c>Stop</c> or <c>Cancel</c> left the body without a value.</summary>
    CancelByGroup,
}

/// <summary>The failures of a group and what follows from them: R10, R12, R13, R18.</summary>
/// <remarks>An instance exists only in a group that failed. It is not synchronized: <see cref="ContingentState"/> guards it.</remarks>
internal sealed class GroupOutcome
{
    private readonly List<Exception> _failures = [];
    private readonly HashSet<object> _known = new(ReferenceEqualityComparer.Instance);

    /// <summary>The failures in order of completion, each once.</summary>
    public IReadOnlyList<Exception> Failures => _failures;

    /// <summary>Decides the outcome of a group that has completed (R18).</summary>
    /// <param name="hasFailed">Whether a failure was recorded.</param>
    /// <param name="wasCutShort">Whether the body or a child ended canceled, or work was refused.</param>
    /// <param name="reason">What canceled the group.</param>
    /// <param name="hasValue">Whether the body has what the group's task yields; always true of a group without a value.</param>
    public static GroupDecision Decide(bool hasFailed, bool wasCutShort, CancellationReason reason, bool hasValue) =>
        (hasFailed, wasCutShort, reason, hasValue) switch
        {
            (true, _, _, _) => GroupDecision.Fail,
            (_, true, CancellationReason.TimedOut, _) => GroupDecision.TimeOut,
            (_, true, CancellationReason.CallerCanceled or CancellationReason.HostStopping, _) => GroupDecision.CancelByCaller,
            (_, _, _, true) => GroupDecision.Succeed,
            _ => GroupDecision.CancelByGroup,
        };

    /// <summary>Whether the failure of a child is one of the group's, or concerns the child alone (R13).</summary>
    public static bool RecordsChildren(FailurePolicy policy) => policy != FailurePolicy.Supervise;

    /// <summary>Whether a failure cancels the group at once (R9, R13).</summary>
    public static bool CancelsGroup(FailurePolicy policy, bool isOfBody) =>
        policy switch
        {
            FailurePolicy.FailFast => true,
            FailurePolicy.Supervise => isOfBody,
            _ => false,
        };

    /// <summary>Adds a failure unless it is known: the body that awaits a failed child throws the same object (R12).</summary>
    public bool Add(Exception failure)
    {
        // A canceled task may make a new exception for each await: then the task is what tells them apart.
        if (!_known.Add((failure as TaskCanceledException)?.Task ?? (object)failure))
        {
            return false;
        }

        _failures.Add(failure);
        return true;
    }
}
