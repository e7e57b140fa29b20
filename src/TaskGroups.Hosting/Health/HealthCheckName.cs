using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace TaskGroups.Hosting;

/// <summary>The name of a health check that <c>AddTaskGroups</c> added. The platform compares names without regard to case.</summary>
internal sealed record HealthCheckName(string Name)
{
    public static string Duplicate(string name) =>
        $"Two health checks are named '{name}'. Give one of them another name: AddHealthChecks().AddTaskGroups(\"{name}-2\").";

    public bool Equals(string name) => string.Equals(Name, name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Refuses at the start of the host a check of the application's that has the name of one of ours.</summary>
/// <remarks>The platform refuses it as well, but at the first request for health.</remarks>
internal sealed class HealthCheckNameValidator(IEnumerable<HealthCheckName> names) : IValidateOptions<HealthCheckServiceOptions>
{
    public ValidateOptionsResult Validate(string? name, HealthCheckServiceOptions options) =>
        names.FirstOrDefault(known => options.Registrations.Count(each => known.Equals(each.Name)) > 1) is { } twice
            ? ValidateOptionsResult.Fail(HealthCheckName.Duplicate(twice.Name))
            : ValidateOptionsResult.Success;
}
