using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Routing;

namespace TaskGroups.AspNetCore;

/// <summary>What messages call an endpoint, and what the groups of actions are called.</summary>
internal static class EndpointName
{
    /// <summary>The name of an endpoint, never empty.</summary>
    /// <returns>
    /// Controller and action, <c>Orders.Get</c>, in an area <c>Admin.Orders.Get</c>; of another endpoint the name that it was given, or its
    /// route pattern; <c>request</c> if it has neither.
    /// </returns>
    public static string Of(Endpoint endpoint) =>
        OfAction(endpoint) ?? NotBlank(endpoint.DisplayName) ?? NotBlank((endpoint as RouteEndpoint)?.RoutePattern.RawText) ?? "request";

    /// <summary>
    /// The name of an action of a controller, with its area before it if it has one; <see langword="null"/> for all other endpoints.
    /// </summary>
    public static string? OfAction(Endpoint? endpoint)
    {
        if (endpoint?.Metadata.GetMetadata<ControllerActionDescriptor>() is not { } action)
        {
            return null;
        }

        string name = $"{action.ControllerName}.{action.ActionName}";
        return action.RouteValues.TryGetValue("area", out string? area) && NotBlank(area) is not null ? $"{area}.{name}" : name;
    }

    /// <summary>What messages call the endpoint of a request.</summary>
    public static string OfRequest(Endpoint? endpoint) => endpoint is null ? "a request without an endpoint" : Of(endpoint);

    /// <summary>What the group of a request is called, whether or not the request has one.</summary>
    public static string OfGroup(Endpoint? endpoint, IHttpRequestFeature request) => DisplayName.ForGroup(
        OfAction(endpoint) ?? EndpointSettings.NameOf(request, (endpoint as RouteEndpoint)?.RoutePattern.RawText));

    private static string? NotBlank(string? name) => string.IsNullOrWhiteSpace(name) ? null : name;
}
