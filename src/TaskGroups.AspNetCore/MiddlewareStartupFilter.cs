using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Stands at the head of the pipeline, before anything of the application: there a request gets its <see cref="ITaskGroup"/>, which
/// authentication may ask for before the middleware is reached (R51), and the token that the server gave it is known (R42). Fails the start
/// of an application that registered request groups and never joins them.
/// </summary>
internal sealed class MiddlewareStartupFilter(RequestGroupFactory factory, MiddlewareDemand? demand = null) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(pipeline => context =>
        {
            RequestTaskGroup.Attach(factory, context);
            return pipeline(context);
        });
        next(app);
        if (demand is not null && !factory.HasMiddleware)
        {
            throw new InvalidOperationException(
                "AddRequestTaskGroups() was called, but the pipeline has no middleware that joins the groups of requests. Call " +
                "app.UseRequestTaskGroups() before the endpoints are mapped, or AddTaskGroups() instead of AddRequestTaskGroups().");
        }
    };
}

/// <summary>Registered where the application has asked for the groups of requests themselves, which only the middleware joins.</summary>
internal sealed class MiddlewareDemand;
