using Microsoft.AspNetCore.Mvc.Abstractions;

namespace TaskGroups.AspNetCore;

/// <summary>
/// What the metadata of an endpoint says about its group: <see cref="TaskGroupAttribute"/>, <see cref="RequestTaskGroupPolicy"/> and
/// <see cref="DisableTaskGroupAttribute"/>, the nearest first.
/// </summary>
internal static class EndpointStatements
{
    /// <summary>Whether the nearest statement is <see cref="DisableTaskGroupAttribute"/>.</summary>
    public static bool IsDisabled(IEnumerable<object> metadata) => NearestFirst(metadata).FirstOrDefault() is DisableTaskGroupAttribute;

    /// <summary>Whether anything is said.</summary>
    public static bool IsSet(IEnumerable<object> metadata) => NearestFirst(metadata).Count > 0;

    /// <summary>Joins the limits of the metadata, limit by limit. What is further out than a Disable has no effect.</summary>
    /// <returns><see langword="null"/> if groups of the endpoint are disabled.</returns>
    /// <exception cref="InvalidOperationException">A statement names a policy that does not exist.</exception>
    public static RequestTaskGroupPolicy? LimitsOf(IEnumerable<object> metadata, string endpoint, RequestTaskGroupOptions options)
    {
        RequestTaskGroupPolicy? limits = null;
        foreach (object statement in NearestFirst(metadata))
        {
            if (statement is DisableTaskGroupAttribute)
            {
                return limits?.Or(options.DefaultPolicy);
            }

            limits = (limits ?? RequestTaskGroupPolicy.Empty).Or(
                statement as RequestTaskGroupPolicy ?? LimitsOf((TaskGroupAttribute)statement, endpoint, options));
        }

        return (limits ?? RequestTaskGroupPolicy.Empty).Or(options.DefaultPolicy);
    }

    private static RequestTaskGroupPolicy LimitsOf(TaskGroupAttribute attribute, string endpoint, RequestTaskGroupOptions options) =>
        attribute.PolicyName is not { } name ? attribute.Limits
            : options.Policies.TryGetValue(name, out RequestTaskGroupPolicy? policy) ? attribute.Limits.Or(policy)
            : throw new InvalidOperationException(
                $"Endpoint '{endpoint}' names the task group policy '{name}', which does not exist. Known policies: "
                    + (options.Policies.Count == 0 ? "none" : string.Join(", ", options.Policies.Keys.Order().Select(key => $"'{key}'")))
                    + $". Correct the name, or add the policy: services.AddRequestTaskGroups(options => options.AddPolicy(\"{name}\", "
                    + "new RequestTaskGroupPolicy { Timeout = TimeSpan.FromSeconds(2) })).");

    private static List<object> NearestFirst(IEnumerable<object> metadata)
    {
        List<object> statements = [.. metadata.Where(
            each => each is TaskGroupAttribute or RequestTaskGroupPolicy or DisableTaskGroupAttribute)];

        // MVC lists what an action and its class say before what MapControllers() says about all of them, although it is nearer.
        if (statements.Count > 1 && metadata.OfType<ActionDescriptor>().LastOrDefault()?.EndpointMetadata is { } own)
        {
            statements = [.. statements.OrderBy(each => own.Any(one => ReferenceEquals(one, each)))];
        }

        statements.Reverse();
        return statements;
    }
}
