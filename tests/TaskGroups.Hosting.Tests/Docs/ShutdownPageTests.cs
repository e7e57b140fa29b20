using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The code that docs/shutdown.md shows, with what it is said to do.</summary>
public sealed class ShutdownPageTests
{
    // R5, R33: a child that watches the soft signal finishes what it has; the drain cancels no child.
    [Fact]
    public async Task StoppingToken_WhenAChildWatchesIt_LetsItFinishWhatItHas()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddTaskGroups();
        using IHost host = builder.Build();
        await host.StartAsync().WithWatchdog();
        var background = host.Services.GetRequiredService<IBackgroundTaskGroup>();
        Gate handling = new();
        Gate goesOn = new();
        int handled = 0;

        // <snippet: watch-stopping>
        background.Run(async ct =>
        {
            while (!background.StoppingToken.IsCancellationRequested)
            {
                await HandleNextAsync(ct);
            }
        });
        // </snippet>

        await handling.WaitAsync().WithWatchdog();
        await using (background.StoppingToken.Register(goesOn.Open))
        {
            await host.StopAsync().WithWatchdog();
        }

        Assert.Equal(1, handled);
        Assert.Equal(CancellationReason.None, background.CancellationReason);

        async Task HandleNextAsync(CancellationToken cancellationToken)
        {
            handling.Open();
            await goesOn.WaitAsync(cancellationToken);
            handled++;
        }
    }

    // R34: the budgets that a host sets are the ones that count.
    [Fact]
    public void AddTaskGroups_WhenBudgetsAreSet_TakesThem()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);

        // <snippet: budgets>
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.Services.AddTaskGroups(options =>
        {
            options.DrainTimeout = TimeSpan.FromSeconds(10);
            options.CancelTimeout = TimeSpan.FromSeconds(2);
        });
        // </snippet>

        using IHost host = builder.Build();
        HostOptions hostOptions = host.Services.GetRequiredService<IOptions<HostOptions>>().Value;
        BackgroundGroups background = host.Services.GetRequiredService<BackgroundGroups>();
        Assert.Equal(TimeSpan.FromSeconds(7), ShutdownBudget.ForRequests(hostOptions, background.Longest.Drain.Budget));
    }
}
