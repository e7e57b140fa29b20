using System.Globalization;
using Microsoft.Extensions.Options;

namespace TaskGroups.Hosting;

/// <summary>
/// Checks <see cref="BackgroundTaskGroupOptions"/> when the host starts. By hand: no reflection, so it holds in native AOT.
/// </summary>
internal sealed class BackgroundTaskGroupOptionsValidator(IEnumerable<BackgroundGroupRegistration> registrations)
    : IValidateOptions<BackgroundTaskGroupOptions>
{
    public ValidateOptionsResult Validate(string? name, BackgroundTaskGroupOptions options)
    {
        var failures = new Failures(
            name ?? Options.DefaultName,
            registrations.FirstOrDefault(each => BackgroundGroups.OptionsNameOf(each.Name) == name && each.SectionPath is not null)
                ?.SectionPath);
        if (options.MaxConcurrency < 1)
        {
            failures.Add(nameof(options.MaxConcurrency), options.MaxConcurrency.Value, "at least 1, or null for no limit", "8");
        }

        if (options.MaxWaiting < 0)
        {
            failures.Add(nameof(options.MaxWaiting), options.MaxWaiting.Value, "at least 0, or null for no limit", "100");
        }

        if (options is { MaxWaiting: not null, MaxConcurrency: null })
        {
            failures.AddText(
                nameof(options.MaxWaiting),
                options.MaxWaiting.Value,
                ", but MaxConcurrency is not set, so nothing ever waits. Set both",
                "{ options.MaxConcurrency = 8; options.MaxWaiting = 100; }");
        }

        CheckTimeout(failures, nameof(options.DrainTimeout), options.DrainTimeout, "TimeSpan.FromSeconds(5)");
        CheckTimeout(failures, nameof(options.CancelTimeout), options.CancelTimeout, "TimeSpan.FromSeconds(2)");
        if (!Enum.IsDefined(options.FailureBehavior))
        {
            failures.Add(
                nameof(options.FailureBehavior), options.FailureBehavior, "Log or StopHost", "BackgroundFailureBehavior.StopHost");
        }

        if ((options.Flow & ~(BackgroundFlow.TraceLink | BackgroundFlow.Culture)) != 0)
        {
            failures.Add(nameof(options.Flow), options.Flow, "None, TraceLink, Culture or both", "BackgroundFlow.TraceLink");
        }

        return failures.All.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures.All);
    }

    private static void CheckTimeout(Failures failures, string property, TimeSpan value, string example)
    {
        if (value < TimeSpan.Zero || value > BackgroundTaskGroupOptions.LongestTimeout)
        {
            failures.Add(property, value, "between zero and 4,294,967,294 milliseconds (about 49.7 days)", example);
        }
    }

    /// <summary>What is wrong with the options of one group, and what to type instead.</summary>
    private sealed class Failures(string name, string? sectionPath)
    {
        public List<string> All { get; } = [];

        public void Add(string property, object value, string range, string example) =>
            AddText(property, value, $". It must be {range}", $"options.{property} = {example}");

        public void AddText(string property, object value, string problem, string fix)
        {
            bool isDefault = name == Options.DefaultName;
            string owner = isDefault ? "" : $" of background group '{name}'";
            string call = isDefault ? "services.AddTaskGroups(" : $"services.AddBackgroundTaskGroup(\"{name}\", ";
            string key = sectionPath is null ? "" : $", or the key '{sectionPath}:{property}' of the configuration";
            All.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"BackgroundTaskGroupOptions.{property}{owner} is {value}{problem}: {call}options => {fix}){key}."));
        }
    }
}
