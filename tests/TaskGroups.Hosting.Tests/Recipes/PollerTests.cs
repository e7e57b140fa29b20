using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>docs/recipes.md: a poller.</summary>
public sealed class PollerTests
{
    // A turn handles everything that is there; one that fails is logged, and the next one comes
    [Fact]
    public async Task Poll_WhenATurnFails_ComesAgain()
    {
        var inbox = new Inbox { FailsOnce = true };
        await using TestHost host = await TestHost.StartAsync(after: services => services
            .AddSingleton(inbox).AddScoped<OrderHandler>().AddHostedService<InboxPoller>());
        await host.Log.WaitForAsync(entry => entry.Exception is IOException).WithWatchdog();

        await host.PassAsync(InboxPoller.Period);
        await inbox.Handled.WaitForAsync("3").WithWatchdog();

        Assert.Equal(["1", "2", "3"], inbox.Handled.Steps);
        await host.StopAsync();
        Assert.Empty(host.Unfinished);
    }

    // <snippet: poller>
    public sealed class InboxPoller(IBackgroundTaskGroup background, ITaskGroupFactory groups, Inbox inbox) : IHostedService
    {
        public static TimeSpan Period { get; } = TimeSpan.FromSeconds(10);

        public Task StartAsync(CancellationToken cancellationToken)
        {
            background.RunPeriodic(Period, PollAsync, runAtOnce: true, "inbox");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        // A turn reads until nothing is left, or until the host stops; then there is no hurry before the next.
        private async Task PollAsync(CancellationToken cancellationToken)
        {
            while (!background.StoppingToken.IsCancellationRequested && await inbox.TakeAsync(cancellationToken) is { } order)
            {
                await groups.RunInScopeAsync(
                    services => services.GetRequiredService<OrderHandler>().HandleAsync(order),
                    cancellationToken: cancellationToken);
            }
        }
    }
    // </snippet>

    public sealed class OrderHandler(Inbox inbox)
    {
        public Task HandleAsync(int order)
        {
            inbox.Handled.Add($"{order}");
            return Task.CompletedTask;
        }
    }

    public sealed class Inbox
    {
        private int _next;

        internal bool FailsOnce { get; set; }

        internal Trail Handled { get; } = new();

        public Task<int?> TakeAsync(CancellationToken cancellationToken)
        {
            if (FailsOnce)
            {
                FailsOnce = false;
                throw new IOException("The inbox does not answer.");
            }

            return Task.FromResult<int?>(_next < 3 ? ++_next : null);
        }
    }
}
