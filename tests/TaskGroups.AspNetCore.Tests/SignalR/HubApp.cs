using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.SignalR;

/// <summary>An application with a hub on real Kestrel, and its clients.</summary>
internal static class HubApp
{
    /// <summary>Starts an application with <see cref="WorkHub"/>.</summary>
    /// <param name="limit">What is said of the hub's endpoint.</param>
    /// <param name="configure">Adds services.</param>
    /// <param name="isGateOpen">Whether children end at once when they are canceled.</param>
    public static Task<TestApp> StartAsync(
        Action<HubEndpointConventionBuilder>? limit = null, Action<WebApplicationBuilder>? configure = null, bool isGateOpen = true) =>
        TestApp.StartAsync(
            (app, _) =>
            {
                HubEndpointConventionBuilder hub = app.MapHub<WorkHub>("/work");
                limit?.Invoke(hub);
            },
            builder =>
            {
                Gate gate = new();
                if (isGateOpen)
                {
                    gate.Open();
                }

                builder.Services.AddSingleton(gate);
                builder.Services.AddSignalR().AddTaskGroups();
                configure?.Invoke(builder);
            });

    public static Gate GateOf(TestApp test) => test.App.Services.GetRequiredService<Gate>();

    public static HubConnection Client(this TestApp test, HttpTransportType transport, string query = "") =>
        new HubConnectionBuilder()
            .WithUrl($"http://127.0.0.1:{test.Port}/work{query}", transport)
            .Build();

    public static async Task<HubConnection> ConnectAsync(this TestApp test, HttpTransportType transport, string query = "")
    {
        HubConnection client = test.Client(transport, query);
        await client.StartAsync().WithWatchdog();
        return client;
    }

    /// <summary>The groups of requests and invocations that the live page would show.</summary>
    public static IReadOnlyList<GroupView> Groups(this TestApp test) =>
        [.. test.App.Services.GetRequiredService<ProcessSnapshotBuilder>().Take().Groups.Where(group => group.Kind != "background")];
}
