using SampleApi.Tests;
using TaskGroups.AspNetCore.Tests.Connections;

[assembly: HostingStartup(typeof(EchoSockets))]

namespace SampleApi.Tests;

/// <summary>Adds the recipe of docs/websockets.md to the sample; only in a process whose environment asks for it.</summary>
public sealed class EchoSockets : IHostingStartup
{
    public const string Switch = "TASKGROUPS_TEST_SOCKETS";

    public const string Path = "/echo";

    public void Configure(IWebHostBuilder builder)
    {
        if (Environment.GetEnvironmentVariable(Switch) == "1")
        {
            builder.ConfigureServices(services => services.AddSingleton<EchoSocket>().AddSingleton<IStartupFilter, Mapping>());
        }
    }

    private sealed class Mapping(EchoSocket echo) : IStartupFilter
    {
        // Behind the pipeline of the sample: it serves what no endpoint does.
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.UseWebSockets();
            app.Map(Path, branch => branch.Run(context => echo.ServeAsync(context, context.GetTaskGroup())));
        };
    }
}
