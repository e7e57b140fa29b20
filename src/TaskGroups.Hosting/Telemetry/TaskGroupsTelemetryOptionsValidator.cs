using Microsoft.Extensions.Options;

namespace TaskGroups.Hosting;

/// <summary>Refuses options that cannot be, when the host starts.</summary>
internal sealed class TaskGroupsTelemetryOptionsValidator : IValidateOptions<TaskGroupsTelemetryOptions>
{
    public ValidateOptionsResult Validate(string? name, TaskGroupsTelemetryOptions options) => Enum.IsDefined(options.Spans)
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail(
            $"{nameof(TaskGroupsTelemetryOptions)}.{nameof(options.Spans)} must be one of "
                + $"{string.Join(", ", Enum.GetNames<TaskGroupsSpans>())}.");
}
