using Microsoft.Extensions.Options;

namespace TaskGroups.Hosting;

/// <summary>
/// Checks <see cref="BackgroundTaskGroupOptions"/> when the host starts. By hand: no reflection, so it holds in native AOT.
/// </summary>
internal sealed class BackgroundTaskGroupOptionsValidator : IValidateOptions<BackgroundTaskGroupOptions>
{
    public ValidateOptionsResult Validate(string? name, BackgroundTaskGroupOptions options)
    {
        var failures = new List<string>();
        if (options.MaxConcurrency < 1)
        {
            failures.Add(Message(nameof(options.MaxConcurrency), options.MaxConcurrency, "at least 1, or null for no limit", "8"));
        }

        if (options.MaxWaiting < 0)
        {
            failures.Add(Message(nameof(options.MaxWaiting), options.MaxWaiting, "at least 0, or null for no limit", "100"));
        }

        if (options is { MaxWaiting: not null, MaxConcurrency: null })
        {
            failures.Add(
                $"BackgroundTaskGroupOptions.MaxWaiting is {options.MaxWaiting}, but MaxConcurrency is not set, so nothing ever waits. "
                    + $"Set both: " +
                "services.AddTaskGroups(options => { options.MaxConcurrency = 8; options.MaxWaiting = 100; }).");
        }

        CheckTimeout(failures, nameof(options.DrainTimeout), options.DrainTimeout, "TimeSpan.FromSeconds(5)");
        CheckTimeout(failures, nameof(options.CancelTimeout), options.CancelTimeout, "TimeSpan.FromSeconds(2)");
        if (!Enum.IsDefined(options.FailureBehavior))
        {
            failures.Add(
                Message(nameof(options.FailureBehavior), options.FailureBehavior, "Log or StopHost", "BackgroundFailureBehavior.StopHost"));
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void CheckTimeout(List<string> failures, string property, TimeSpan value, string example)
    {
        if (value < TimeSpan.Zero || value > BackgroundTaskGroupOptions.LongestTimeout)
        {
            failures.Add(Message(property, value, "between zero and 4,294,967,294 milliseconds (about 49.7 days)", example));
        }
    }

    private static string Message(string property, object? value, string range, string example) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"BackgroundTaskGroupOptions.{property} is {value}. It must be {range}: services.AddTaskGroups(options => "
                + $"options.{property} = {example}).");
}
