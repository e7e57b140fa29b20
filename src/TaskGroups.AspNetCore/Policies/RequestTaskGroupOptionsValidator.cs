using System.Globalization;
using Microsoft.Extensions.Options;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Checks <see cref="RequestTaskGroupOptions"/> when the application starts. By hand: no reflection, so it holds in native AOT.
/// </summary>
internal sealed class RequestTaskGroupOptionsValidator : IValidateOptions<RequestTaskGroupOptions>
{
    public ValidateOptionsResult Validate(string? name, RequestTaskGroupOptions options)
    {
        List<string> failures = [];
        if (!LimitRules.IsTimeout(options.ShutdownGrace))
        {
            failures.Add(Message(
                "ShutdownGrace", options.ShutdownGrace, LimitRules.TimeoutRange, "options.ShutdownGrace = TimeSpan.FromSeconds(20)"));
        }

        if (!LimitRules.IsTimeout(options.DefaultTimeout))
        {
            failures.Add(Message(
                "DefaultTimeout", options.DefaultTimeout, LimitRules.TimeoutRange, "options.DefaultTimeout = TimeSpan.FromSeconds(30)"));
        }

        failures.AddRange(DeadlineRules.ViolationsOf(options.IncomingDeadline));

        if (options.MaxChildren < 1)
        {
            failures.Add(Message("MaxChildren", options.MaxChildren, "at least 1, or null for no bound", "options.MaxChildren = 10_000"));
        }

        if (options.DefaultPolicy is { } policy)
        {
            failures.AddRange(LimitRules.ViolationsOf(policy, isComplete: true).Select(
                each => Message(
                    $"DefaultPolicy.{each.Property}", each.Value, each.Range, $"options.DefaultPolicy = new() {{ {each.Example} }}")));
        }

        foreach ((string key, RequestTaskGroupPolicy named) in options.Policies)
        {
            failures.AddRange(LimitRules.ViolationsOf(named, isComplete: false).Select(
                each => Message(
                    $"Policies[\"{key}\"].{each.Property}",
                    each.Value,
                    each.Range,
                    $"options.AddPolicy(\"{key}\", new RequestTaskGroupPolicy {{ {each.Example} }})")));
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static string Message(string property, object? value, string range, string example) => string.Create(
        CultureInfo.InvariantCulture,
        $"RequestTaskGroupOptions.{property} is {value}. It must be {range}: services.AddRequestTaskGroups(options => {example}).");
}
