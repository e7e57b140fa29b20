using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>R45: what middleware put into the request's scope is there in the scopes of the request's children.</summary>
public sealed class ChildScopeInitializerTests
{
    // R45: with a global query filter, an empty tenant would be the wrong rows
    [Fact]
    public async Task RunScoped_InARequest_CopiesFromTheRequestsScope()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) =>
            {
                app.MapGet("/injected", (ITaskGroup tasks) => TenantsAsync(tasks)).WithTaskGroup();
                app.MapGet("/feature", (Delegate)((HttpContext context) =>
                    TenantsAsync(context.Features.Get<ITaskGroupFeature>()!.Group)));
            },
            builder => builder.Services
                .AddScoped<Tenant>()
                .AddChildScopeInitializer((parent, child) =>
                    child.GetRequiredService<Tenant>().Id = parent.GetRequiredService<Tenant>().Id),
            app =>
            {
                app.UseRequestTaskGroups();
                app.Use((context, next) =>
                {
                    context.RequestServices.GetRequiredService<Tenant>().Id = context.Request.Headers["tenant"].ToString();
                    return next(context);
                });
            });

        foreach ((string path, string tenant) in new[] { ("/injected", "a"), ("/feature", "b"), ("/injected", "c") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "tenant", tenant } } };
            using HttpResponseMessage response = await test.Client.SendAsync(request).WithWatchdog();
            Assert.Equal($"{tenant} {tenant} none", await response.Content.ReadAsStringAsync().WithWatchdog());
        }

        static async Task<string> TenantsAsync(ITaskGroup tasks)
        {
            string own = await tasks.RunScoped((Tenant tenant, CancellationToken _) => Task.FromResult(tenant.Id));
            string nested = await tasks.RunGroupAsync(
                group => group.RunScoped((Tenant tenant, CancellationToken _) => Task.FromResult(tenant.Id)));
            string background = await tasks.RunScoped((IBackgroundTaskGroup group, CancellationToken _) =>
                group.RunScoped((Tenant tenant, CancellationToken _) => Task.FromResult(tenant.Id)));
            return $"{own} {nested} {background}";
        }
    }

    private sealed class Tenant
    {
        public string Id { get; set; } = "none";
    }
}
