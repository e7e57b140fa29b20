using Hangfire;
using Hangfire.InMemory;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Testing;
using Mailer = TaskGroups.Hosting.Tests.MigrationTests.Mailer;

namespace TaskGroups.Hosting.Tests;

/// <summary>The code that docs/from.md shows of Hangfire, run by its own server.</summary>
public sealed class HangfireMigrationTests
{
    [Fact]
    public async Task FireAndForget_BeforeAndAfter_SendTheMail()
    {
        Trail trail = new();
        await using TestHost host = await TestHost.StartAsync(after: services => services
            .AddSingleton(trail)
            .AddScoped<Mailer>());
        using InMemoryStorage storage = new();
        IBackgroundJobClient jobs = new BackgroundJobClient(storage);

        Enqueue(jobs);
        using (new BackgroundJobServer(
            new BackgroundJobServerOptions { WorkerCount = 1, Activator = new ScopeActivator(host.Services) }, storage))
        {
            await trail.WaitForAsync("mail 7").WithWatchdog();
        }

        Run(host.Background);
        await trail.WaitForAsync("mail 8").WithWatchdog();
    }

    private static void Enqueue(IBackgroundJobClient jobs)
    {
        // <snippet: from-hangfire>
        jobs.Enqueue<Mailer>(mailer => mailer.SendAsync(7, CancellationToken.None));
        // </snippet>
    }

    private static void Run(IBackgroundTaskGroup background) =>
        background.RunScoped((Mailer mailer, CancellationToken ct) => mailer.SendAsync(8, ct), "mail 8");

    private sealed class ScopeActivator(IServiceProvider services) : JobActivator
    {
        public override JobActivatorScope BeginScope(JobActivatorContext context) =>
            new Scope(services.CreateScope());

        private sealed class Scope(IServiceScope scope) : JobActivatorScope
        {
            public override object Resolve(Type type) => scope.ServiceProvider.GetRequiredService(type);

            public override void DisposeScope() => scope.Dispose();
        }
    }
}
