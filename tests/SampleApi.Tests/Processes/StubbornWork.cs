using SampleApi.Tests;
using TaskGroups.Hosting;

[assembly: HostingStartup(typeof(StubbornWork))]

namespace SampleApi.Tests;

/// <summary>Adds a child to the sample that ignores its token; only in a process whose environment asks for it.</summary>
public sealed class StubbornWork : IHostingStartup
{
    public const string Switch = "TASKGROUPS_TEST_STUBBORN";

    public const string Name = "stubborn report";

    public void Configure(IWebHostBuilder builder)
    {
        if (Environment.GetEnvironmentVariable(Switch) == "1")
        {
            builder.ConfigureServices(services => services.AddHostedService<Starter>());
        }
    }

    private sealed class Starter([FromKeyedServices(ReceiptsExtensions.Group)] IBackgroundTaskGroup group) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            group.Run(_ => Task.Delay(Timeout.Infinite, CancellationToken.None), Name);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
