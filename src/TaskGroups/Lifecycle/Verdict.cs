namespace TaskGroups;

/// <summary>How a child or the body ended.</summary>
/// <param name="Outcome">Success, failure or cancellation, by R11.</param>
/// <param name="Failures">The exceptions, if it failed; one as a rule, several if its task held several.</param>
internal readonly record struct ChildResult(ChildOutcome Outcome, IReadOnlyList<Exception> Failures)
{
    public static ChildResult Succeeded { get; } = new(ChildOutcome.Succeeded, []);

    public static ChildResult Canceled { get; } = new(ChildOutcome.Canceled, []);
}
