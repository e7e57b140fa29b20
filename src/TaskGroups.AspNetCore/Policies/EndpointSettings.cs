using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace TaskGroups.AspNetCore;

/// <summary>What the request groups of one endpoint have in common. Immutable; read once per endpoint.</summary>
/// <param name="group">The limits, with what the application's root group adds.</param>
/// <param name="name">The groups' name; <see langword="null"/> if it differs by request.</param>
/// <param name="pattern">The endpoint's route pattern; <see langword="null"/> if it has none.</param>
/// <param name="isDisabled">Whether the endpoint has <c>DisableTaskGroup()</c>.</param>
internal sealed class EndpointSettings(GroupSettings group, string? name, string? pattern, bool isDisabled)
{
    private GroupSettings? _ofConnection;

    public GroupSettings Group => group;

    /// <summary>The same for a request that stays connected.</summary>
    public GroupSettings OfConnection => _ofConnection ??= group.With(GroupKind.Connection);

    /// <summary>Whether the group is joined after the response only, even where a filter could join it before.</summary>
    public bool IsDisabled => isDisabled;

    /// <summary>The time that a request's group has; <see langword="null"/> if it is unlimited.</summary>
    public TimeSpan? Timeout => group.Timeout;

    /// <summary>
    /// The name of a request's group: controller and action, or method and route pattern, or the path where there is no pattern.
    /// </summary>
    public string NameFor(IHttpRequestFeature request) => name ?? NameOf(request, pattern);

    public static string NameOf(IHttpRequestFeature request, string? pattern) =>
        pattern is null ? $"{request.Method} {new PathString(request.Path)}" : NameOf(request.Method, pattern);

    public static string NameOf(string method, string pattern) => $"{method} /{pattern.TrimStart('/')}";
}
