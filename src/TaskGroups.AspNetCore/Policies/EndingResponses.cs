using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Says what the end of a group may answer, for OpenAPI. Minimal APIs carry it in their metadata, where <c>WithTaskGroup</c> puts it; the
/// descriptions of actions are completed here, since MVC leaves the success of an action out once an attribute names any other status.
/// </summary>
internal sealed class EndingResponses(
    IServiceProvider services, EndpointDataSource endpoints, IModelMetadataProvider? models = null) : IApiDescriptionProvider
{
    private static readonly int[] Statuses = [StatusCodes.Status503ServiceUnavailable, StatusCodes.Status504GatewayTimeout];

    // Behind the providers of MVC and of minimal APIs, which have negative orders.
    public int Order => 0;

    /// <summary>The answers; none if the application maps the endings itself, or if it did not register request groups.</summary>
    public static IEnumerable<ProducesResponseTypeMetadata> Of(IServiceProvider services)
    {
        if (services.GetService<IOptions<RequestTaskGroupOptions>>() is not { Value.MapEndings: true })
        {
            return [];
        }

        // Without AddProblemDetails() the answers have no body, and the serializer of an application that is compiled ahead of time does
        // not know the type.
        return services.GetService<IProblemDetailsService>() is null
            ? Statuses.Select(status => new ProducesResponseTypeMetadata(status, typeof(void)))
            : Statuses.Select(status => new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), ["application/problem+json"]));
    }

    public void OnProvidersExecuting(ApiDescriptionProviderContext context)
    {
    }

    public void OnProvidersExecuted(ApiDescriptionProviderContext context)
    {
        foreach (ApiDescription action in context.Results.Where(each => HasGroup(each.ActionDescriptor)))
        {
            foreach (ProducesResponseTypeMetadata ending in Of(services))
            {
                if (!action.SupportedResponseTypes.Any(each => each.StatusCode == ending.StatusCode))
                {
                    action.SupportedResponseTypes.Add(Describe(ending));
                }
            }
        }
    }

    // An action that takes no group, and of which nothing is said, is left as it was. What MapControllers() says is in the endpoint only.
    private bool HasGroup(ActionDescriptor descriptor)
    {
        if (descriptor is not ControllerActionDescriptor action)
        {
            return false;
        }

        IReadOnlyList<object> metadata = endpoints.Endpoints
            .FirstOrDefault(each => ReferenceEquals(each.Metadata.GetMetadata<ActionDescriptor>(), action))?.Metadata
            ?? EndpointMetadataCollection.Empty;
        return !EndpointStatements.IsDisabled(metadata) && (EndpointStatements.IsSet(metadata) || TakesGroup(action));
    }

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A controller without its constructor could not be activated.")]
    private static bool TakesGroup(ControllerActionDescriptor action) =>
        action.Parameters.Any(each => each.ParameterType == typeof(ITaskGroup))
        || action.ControllerTypeInfo.GetConstructors()
            .Any(constructor => constructor.GetParameters().Any(each => each.ParameterType == typeof(ITaskGroup)));

    private ApiResponseType Describe(ProducesResponseTypeMetadata ending)
    {
        var response = new ApiResponseType
        {
            StatusCode = ending.StatusCode,
            Type = ending.Type,
            ModelMetadata = models?.GetMetadataForType(ending.Type!),
        };
        foreach (string contentType in ending.ContentTypes)
        {
            response.ApiResponseFormats.Add(new ApiResponseFormat { MediaType = contentType });
        }

        return response;
    }
}
