namespace TaskGroups.Tests;

/// <summary>How a group must end.</summary>
/// <param name="Failures">Everything that it must throw, in any order.</param>
/// <param name="Token">The token of the cancellation that it must throw if there are no failures.</param>
/// <param name="HasTimedOut">Whether it must throw a <see cref="TimeoutException"/> instead.</param>
internal sealed record ProgramEnd(IReadOnlySet<Exception> Failures, CancellationToken? Token = null, bool HasTimedOut = false);

/// <summary>The whole model: rules 9 to 13, 18 and 19 as one function of what happened.</summary>
internal static class ProgramModel
{
    public static ProgramEnd Decide(ProgramFacts facts)
    {
        HashSet<Exception> failures = new(ReferenceEqualityComparer.Instance);
        if (facts.Program.Policy != FailurePolicy.Supervise)
        {
            failures.UnionWith(facts.ChildFailures);
        }

        if (facts.BodyFailure is { } failure)
        {
            failures.Add(failure);
        }

        return (failures.Count, WasCutShort(facts), facts.Reason) switch
        {
            (0, true, CancellationReason.CallerCanceled) => new(failures, facts.CallerToken),
            (0, true, CancellationReason.TimedOut) => new(failures, HasTimedOut: true),
            _ => new(failures),
        };
    }

    // Work was cut short if the body or a child ended canceled or was refused; a nested group counts like a child.
    private static bool WasCutShort(ProgramFacts facts) =>
        facts.Group is null
        || facts.BodyWasCanceled
        || facts.ChildWasCanceled
        || facts.NeverInvoked > 0
        || facts.Nested.Any(nested => nested.Group is null || (nested.Reason == CancellationReason.CallerCanceled && WasCutShort(nested)));
}
