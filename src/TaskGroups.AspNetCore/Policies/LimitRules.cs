namespace TaskGroups.AspNetCore;

/// <summary>Which limits can be, for code and configuration alike.</summary>
internal static class LimitRules
{
    public const string TimeoutRange = "between zero and 4,294,967,294 milliseconds (about 49.7 days), or Timeout.InfiniteTimeSpan";

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMilliseconds(4_294_967_294);

    public static bool IsTimeout(TimeSpan? value) =>
        value is null || value == Timeout.InfiniteTimeSpan || (value >= TimeSpan.Zero && value <= LongestTimeout);

    /// <summary>Checks the argument of <c>WithTaskGroup</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or too long.</exception>
    public static void ThrowIfNoTimeout(TimeSpan timeout, string parameter)
    {
        if (!IsTimeout(timeout))
        {
            throw new ArgumentOutOfRangeException(parameter, timeout, $"The timeout of a request's group must be {TimeoutRange}.");
        }
    }

    /// <summary>What in a policy cannot be.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="isComplete">Whether nothing is joined to it: a policy that endpoints name may get its other limits from there.</param>
    public static IEnumerable<Violation> ViolationsOf(RequestTaskGroupPolicy policy, bool isComplete)
    {
        if (!IsTimeout(policy.Timeout))
        {
            yield return new(nameof(policy.Timeout), policy.Timeout, TimeoutRange, "Timeout = TimeSpan.FromSeconds(10)");
        }

        if (policy.MaxConcurrency < 1)
        {
            yield return new(
                nameof(policy.MaxConcurrency), policy.MaxConcurrency, "at least 1, or null for no limit", "MaxConcurrency = 8");
        }

        if (policy.MaxWaiting < 0 || (isComplete && policy is { MaxWaiting: not null, MaxConcurrency: null }))
        {
            yield return new(
                nameof(policy.MaxWaiting),
                policy.MaxWaiting,
                "at least 0 and set together with MaxConcurrency, or null for no limit",
                "MaxConcurrency = 8, MaxWaiting = 100");
        }

        if (policy.ChildStart is { } childStart && !Enum.IsDefined(childStart))
        {
            yield return new(
                nameof(policy.ChildStart), childStart, "Inline or Queued, or null for Inline", "ChildStart = ChildStart.Queued");
        }
    }

    /// <summary>A limit that cannot be.</summary>
    /// <param name="Property">Its name in the policy.</param>
    /// <param name="Value">What it was set to.</param>
    /// <param name="Range">What it must be.</param>
    /// <param name="Example">Code that sets it well.</param>
    public sealed record Violation(string Property, object? Value, string Range, string Example);
}
