using Microsoft.Extensions.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>Stops slowly, like a server whose requests are under way.</summary>
internal sealed class SlowToStop : IHostedService
{
    public Gate StopBegan { get; } = new();

    public Gate MayStop { get; } = new();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken)
    {
        StopBegan.Open();
        return MayStop.WaitAsync(CancellationToken.None);
    }
}

/// <summary>Holds the stop before the host says <c>ApplicationStopping</c>, when the services that came after it know already.</summary>
internal sealed class HoldsStopping : IHostedLifecycleService
{
    public Gate MayGoOn { get; } = new();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => MayGoOn.WaitAsync(CancellationToken.None);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Stops the application while it starts, as code does that finds out that it cannot work here.</summary>
internal sealed class StopsAtStart(IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Fails to start, after it has given work to the background group.</summary>
internal sealed class FailsToStart(IBackgroundTaskGroup background, Trail trail, Exception failure) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Gate started = new();
        background.Run(
            async ct =>
            {
                started.Open();
                try
                {
                    await Task.Delay(Timeout.Infinite, ct);
                }
                finally
                {
                    trail.Add("child ended");
                }
            },
            "child");
        await started.WaitAsync(CancellationToken.None);
        throw failure;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
