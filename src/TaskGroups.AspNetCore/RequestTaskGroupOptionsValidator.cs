using System.Globalization;
using Microsoft.Extensions.Options;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Checks <see cref="RequestTaskGroupOptions"/> when the application starts. By hand: no reflection, so it holds in native AOT.
/// </summary>
internal sealed class RequestTaskGroupOptionsValidator : IValidateOptions<RequestTaskGroupOptions>
{
    private const string TimeoutRange = "between zero and 4,294,967,294 milliseconds (about 49.7 days), or Timeout.InfiniteTimeSpan";

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMilliseconds(4_294_967_294);

    public ValidateOptionsResult Validate(string? name, RequestTaskGroupOptions options)
    {
        var failures = new List<string>();
        if (!IsTimeout(options.ShutdownGrace))
        {
            failures.Add(Message("ShutdownGrace", options.ShutdownGrace, TimeoutRange, "options.ShutdownGrace = TimeSpan.FromSeconds(20)"));
        }

        if (options.DefaultPolicy is { } policy)
        {
            Check(failures, policy);
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <summary>Checks the argument of <c>WithTaskGroup</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or too long.</exception>
    internal static void ThrowIfNoTimeout(TimeSpan timeout, string parameter)
    {
        if (!IsTimeout(timeout))
        {
            throw new ArgumentOutOfRangeException(parameter, timeout, $"The timeout of a request's group must be {TimeoutRange}.");
        }
    }

    private static void Check(List<string> failures, RequestTaskGroupPolicy policy)
    {
        if (!IsTimeout(policy.Timeout))
        {
            failures.Add(Message(
                "DefaultPolicy.Timeout", policy
                    .Timeout, TimeoutRange, "options.DefaultPolicy = new() { Timeout = TimeSpan.FromSeconds(10) }"));
        }

        if (policy.MaxConcurrency < 1)
        {
            failures.Add(Message(
                "DefaultPolicy.MaxConcurrency", policy
                    .MaxConcurrency, "at least 1, or null for no limit", "options.DefaultPolicy = new() { MaxConcurrency = 8 }"));
        }

        if (policy.MaxWaiting < 0 || policy is { MaxWaiting: not null, MaxConcurrency: null })
        {
            failures.Add(Message(
                "DefaultPolicy.MaxWaiting",
                policy.MaxWaiting,
                "at least 0 and set together with MaxConcurrency, or null for no limit",
                "options.DefaultPolicy = new() { MaxConcurrency = 8, MaxWaiting = 100 }"));
        }
    }

    private static bool IsTimeout(TimeSpan? value) =>
        value is null || value == Timeout.InfiniteTimeSpan || (value >= TimeSpan.Zero && value <= LongestTimeout);

    private static string Message(string property, object? value, string range, string example) => string.Create(
        CultureInfo.InvariantCulture,
        $"RequestTaskGroupOptions.{property} is {value}. It must be {range}: services.AddRequestTaskGroups(options => {example}).");
}
