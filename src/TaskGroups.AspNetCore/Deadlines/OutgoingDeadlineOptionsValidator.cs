using Microsoft.Extensions.Options;

namespace TaskGroups.AspNetCore;

/// <summary>Checks <see cref="OutgoingDeadlineOptions"/> when the application starts.</summary>
internal sealed class OutgoingDeadlineOptionsValidator : IValidateOptions<OutgoingDeadlineOptions>
{
    public ValidateOptionsResult Validate(string? name, OutgoingDeadlineOptions options)
    {
        string[] failures = [.. DeadlineRules.ViolationsOf(options).Select(violation => $"HTTP client '{name}': {violation}")];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
