using Microsoft.Extensions.Options;

namespace TaskGroups.AspNetCore;

/// <summary>Checks the options of the live page when the application starts.</summary>
internal sealed class TaskGroupsPageOptionsValidator : IValidateOptions<TaskGroupsPageOptions>
{
    public ValidateOptionsResult Validate(string? name, TaskGroupsPageOptions options)
    {
        List<string> failures = [];
        Check(nameof(options.HistorySize), options.HistorySize, 0, 10_000, "200");
        Check(nameof(options.MaxEntries), options.MaxEntries, 100, 1_000_000, "20_000");
        Check(nameof(options.MaxViewers), options.MaxViewers, 1, 10_000, "50");
        if (options.RefreshInterval < TimeSpan.FromMilliseconds(100) || options.RefreshInterval > TimeSpan.FromMinutes(1))
        {
            failures.Add(Message(
                nameof(options.RefreshInterval), options.RefreshInterval, "from 100 ms to 1 minute", "TimeSpan.FromMilliseconds(500)"));
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Check(string property, int value, int least, int most, string example)
        {
            if (value < least || value > most)
            {
                failures.Add(Message(property, value, $"from {least:N0} to {most:N0}", example));
            }
        }
    }

    private static string Message(string property, object value, string range, string example) =>
        $"TaskGroupsPageOptions.{property} is {value}. It must be {range}: "
        + $"services.Configure<TaskGroupsPageOptions>(options => options.{property} = {example}).";
}
