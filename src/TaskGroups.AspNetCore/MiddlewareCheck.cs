using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Fails the start of an application that registered request groups and never joins them. A startup filter sees the finished pipeline,
/// however it was built, before the server listens.
/// </summary>
internal sealed class MiddlewareCheck(RequestGroups requests) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        if (!requests.HasMiddleware)
        {
            throw new InvalidOperationException(
                "AddRequestTaskGroups() was called, but the pipeline has no middleware that joins the groups of requests. Call " +
                "app.UseRequestTaskGroups() before the endpoints are mapped, or AddTaskGroups() instead of AddRequestTaskGroups().");
        }
    };
}
