using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The queues of docs/from.md whose items are pieces of work: before and after, both run.</summary>
public sealed class QueueMigrationTests
{
    // From a channel with a reader
    [Fact]
    public async Task Channel_BeforeAndAfter_SendTheMails()
    {
        Trail trail = new();
        await using TestHost host = await TestHost.StartAsync(
            options => (options.MaxConcurrency, options.MaxWaiting) = (1, 100),
            after: services => services
                .AddSingleton(trail)
                .AddScoped<Mailer>()
                .AddSingleton<MailQueue>()
                .AddSingleton<IHostedService>(provider => provider.GetRequiredService<MailQueue>())
                .AddSingleton<Mails>());

        await host.Services.GetRequiredService<MailQueue>().AddAsync(7, CancellationToken.None);
        await trail.WaitForAsync("mail 7").WithWatchdog();

        await host.Services.GetRequiredService<Mails>().AddAsync(8, CancellationToken.None);
        await trail.WaitForAsync("mail 8").WithWatchdog();
    }

    // <snippet: from-channel>
    public sealed class MailQueue(IServiceScopeFactory scopes) : BackgroundService
    {
        private readonly Channel<int> _users = Channel.CreateBounded<int>(100);

        public ValueTask AddAsync(int user, CancellationToken cancellationToken) => _users.Writer.WriteAsync(user, cancellationToken);

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (int user in _users.Reader.ReadAllAsync(stoppingToken))
            {
                await using AsyncServiceScope scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<Mailer>().SendAsync(user, stoppingToken);
            }
        }
    }
    // </snippet>

    // <snippet: to-enqueue>
    public sealed class Mails(IBackgroundTaskGroup background, ITaskGroupFactory groups)
    {
        public ValueTask AddAsync(int user, CancellationToken cancellationToken) => background.EnqueueAsync(
            ct => groups.RunInScopeAsync(
                services => services.GetRequiredService<Mailer>().SendAsync(user, ct), cancellationToken: ct),
            cancellationToken,
            $"mail {user}");
    }
    // </snippet>

    public sealed class Mailer(Trail sent)
    {
        public Task SendAsync(int user, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sent.Add($"mail {user}");
            return Task.CompletedTask;
        }
    }
}
