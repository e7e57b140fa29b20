using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Looks at the endpoints once, when the application starts: what cannot be fails the start, what is probably not meant is a warning.
/// </summary>
/// <remarks>
/// A startup filter, because the endpoints are mapped then and the server does not listen yet. It builds the endpoints, which routing,
/// link generation and OpenAPI use afterwards.
/// </remarks>
internal sealed class EndpointChecks(EndpointSettingsCache settings, ILogger<EndpointChecks> log) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        // A pipeline is built from its end: what is added last runs before routing is built, what is added first runs after that.
        EndpointsOfRouting routing = new(app);
        app.Use(pipeline =>
        {
            routing.Restore();
            return pipeline;
        });
        next(app);
        app.Use(pipeline =>
        {
            if (EndpointsOf(app.ApplicationServices) is { } endpoints)
            {
                Check(endpoints, app.ApplicationServices);
                routing.Share();
            }

            return pipeline;
        });
    };

    private static IReadOnlyList<Endpoint>? EndpointsOf(IServiceProvider services)
    {
        try
        {
            return services.GetService<EndpointDataSource>()?.Endpoints;
        }
        catch (Exception)
        {
            // A handler or a convention of the application that cannot be built: routing throws the same at the first request, as it would
            // without this check.
            return null;
        }
    }

    private void Check(IReadOnlyList<Endpoint> endpoints, IServiceProvider services)
    {
        ThrowIfLimitsCannotBe(endpoints);

        // Controllers and pages are joined before their results, whatever their actions return.
        Endpoint[] handlers = [.. endpoints.Where(each => each.Metadata.GetMetadata<ActionDescriptor>() is null)];
        if (NamesOf(handlers.Where(IsJoinedTooLate)) is { } torn)
        {
            log.JoinedAfterResponse(torn);
        }

        if (NamesOf(handlers.Where(HasLimitsOnly)) is { } unjoined)
        {
            log.AttributeDoesNotJoin(unjoined);
        }

        foreach (IGrouping<string?, Endpoint> calls in handlers
            .Where(each => IsUnregistered(each, services))
            .GroupBy(each => CallEndpoints.RegistrationOf(each.Metadata)))
        {
            log.CallsHaveNoGroups(calls.Key!, NamesOf(calls)!);
        }

        if (services.GetService<PageLoader>() is { } pages
            && NamesOf(endpoints.SelectMany(each => HandlersWithAttributes(each, pages))) is { } ignored)
        {
            log.AttributeOnPageHandler(ignored);
        }
    }

    private void ThrowIfLimitsCannotBe(IReadOnlyList<Endpoint> endpoints)
    {
        List<InvalidOperationException> failures = [];
        foreach (Endpoint endpoint in endpoints)
        {
            try
            {
                settings.Of(endpoint);
            }
            catch (InvalidOperationException failure)
            {
                failures.Add(failure); // thrown below, with the others: a list is corrected in one go
            }
        }

        if (failures.Count > 0)
        {
            throw new InvalidOperationException(
                string.Join(Environment.NewLine, failures.Select(each => each.Message).Distinct()), failures[0]);
        }
    }

    // Its value is written before the middleware joins the group.
    private static bool IsJoinedTooLate(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<EndpointJoin>() is null
        && !EndpointStatements.IsDisabled(endpoint.Metadata)
        && endpoint.Metadata.GetMetadata<MethodInfo>() is { } handler
        && endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
            .Any(each => each.ParameterInfo.ParameterType == typeof(ITaskGroup))
        && ReturnsValue(handler.ReturnType);

    private static bool IsUnregistered(Endpoint endpoint, IServiceProvider services) =>
        CallEndpoints.RegistrationOf(endpoint.Metadata) is not null
        && !CallEndpoints.IsPreparation(endpoint.Metadata)
        && !CallEndpoints.AreRegistered(endpoint.Metadata, services)
        && EndpointStatements.IsSet(endpoint.Metadata)
        && !EndpointStatements.IsDisabled(endpoint.Metadata);

    private static bool HasLimitsOnly(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<EndpointJoin>() is null
        && CallEndpoints.RegistrationOf(endpoint.Metadata) is null
        && !EndpointStatements.IsDisabled(endpoint.Metadata)
        && endpoint.Metadata.GetMetadata<TaskGroupAttribute>() is not null;

    private static bool ReturnsValue(Type type)
    {
        Type? generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (generic == typeof(Task<>) || generic == typeof(ValueTask<>))
        {
            return ReturnsValue(type.GenericTypeArguments[0]);
        }

        return type != typeof(void)
            && type != typeof(Task)
            && type != typeof(ValueTask)
            && generic != typeof(IAsyncEnumerable<>)
            && !type.IsAssignableTo(typeof(IResult))
            && !type.IsAssignableTo(typeof(Stream));
    }

    private static IEnumerable<string> HandlersWithAttributes(Endpoint endpoint, PageLoader pages)
    {
        if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is not { } page)
        {
            return [];
        }

        // Routing loads the page in the same way at its first request, and finds it loaded then. What fails here fails there as well; what
        // has to be compiled first is not waited for.
        Task<CompiledPageActionDescriptor> loaded = pages.LoadAsync(page, endpoint.Metadata);
        return loaded.IsCompletedSuccessfully
            ? loaded.Result.HandlerMethods
                .Select(each => each.MethodInfo)
                .Where(each => each.IsDefined(typeof(TaskGroupAttribute)) || each.IsDefined(typeof(DisableTaskGroupAttribute)))
                .Select(each => $"{each.DeclaringType?.Name}.{each.Name}")
            : [];
    }

    private static string? NamesOf(IEnumerable<Endpoint> endpoints) => NamesOf(endpoints.Select(EndpointName.Of));

    private static string? NamesOf(IEnumerable<string> names) =>
        names.Distinct().ToArray() is { Length: > 0 } some ? string.Join(", ", some.Select(each => $"'{each}'")) : null;
}
