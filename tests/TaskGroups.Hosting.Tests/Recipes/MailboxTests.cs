using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Polly;
using Polly.Retry;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>docs/recipes.md: a mailbox.</summary>
public sealed class MailboxTests
{
    // One message at a time: the state needs no lock
    [Fact]
    public async Task Reserve_WhenManyAskAtOnce_GivesAwayNoMoreThanThereIs()
    {
        await using TestHost host = await StartAsync();
        StockKeeper keeper = host.Services.GetRequiredService<StockKeeper>();

        bool[] reserved = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => Task.Run(() => keeper.ReserveAsync("tea", CancellationToken.None)))).WithWatchdog();

        Assert.Equal(StockKeeper.Initial, reserved.Count(each => each));
        await host.StopAsync();
    }

    // A message that fails is its sender's failure; the mailbox goes on
    [Fact]
    public async Task Reserve_WhenAMessageFails_FailsItsSenderOnly()
    {
        await using TestHost host = await StartAsync();
        StockKeeper keeper = host.Services.GetRequiredService<StockKeeper>();

        await Assert.ThrowsAsync<KeyNotFoundException>(() => keeper.ReserveAsync("coal", CancellationToken.None).WithWatchdog());

        Assert.True(await keeper.ReserveAsync("tea", CancellationToken.None).WithWatchdog());
        await host.StopAsync();
    }

    // R33: what was accepted is done before the process ends, and the child ends by itself
    [Fact]
    public async Task Stop_WhenMessagesWait_HandlesThemFirst()
    {
        await using TestHost host = await StartAsync();
        StockKeeper keeper = host.Services.GetRequiredService<StockKeeper>();
        Task<bool>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => keeper.ReserveAsync("tea", CancellationToken.None))];

        await host.StopAsync();

        Assert.All(await Task.WhenAll(waiting).WithWatchdog(), Assert.True);
        await Assert.ThrowsAsync<ChannelClosedException>(() => keeper.ReserveAsync("tea", CancellationToken.None).WithWatchdog());
        Assert.Empty(host.Errors);
    }

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(after: services => services
        .AddSingleton(new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = int.MaxValue, Delay = TimeSpan.FromSeconds(1) })
            .Build())
        .AddSingleton<StockKeeper>()
        .AddHostedService(provider => provider.GetRequiredService<StockKeeper>()));

    // <snippet: mailbox>
    public sealed class StockKeeper(IBackgroundTaskGroup background, ResiliencePipeline restart) : IHostedService
    {
        public const int Initial = 10;

        private readonly Channel<Reservation> _mailbox = Channel.CreateBounded<Reservation>(1_000);
        private readonly Dictionary<string, int> _left = new() { ["tea"] = Initial }; // only the child below uses it: no lock

        public async Task<bool> ReserveAsync(string product, CancellationToken cancellationToken)
        {
            var message = new Reservation(product, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
            await _mailbox.Writer.WriteAsync(message, cancellationToken); // waits while 1,000 are waiting
            return await message.Answer.Task.WaitAsync(cancellationToken);
        }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            background.Supervise(restart, RunAsync, "stock keeper");
            return Task.CompletedTask;
        }

        // Comes after the server's stop, so no request sends any more. The child handles what is left and ends; the drain waits for it.
        public Task StopAsync(CancellationToken cancellationToken)
        {
            _mailbox.Writer.TryComplete();
            return Task.CompletedTask;
        }

        private async Task RunAsync(CancellationToken cancellationToken)
        {
            await foreach (Reservation message in _mailbox.Reader.ReadAllAsync(cancellationToken))
            {
                try
                {
                    message.Answer.SetResult(_left[message.Product] > 0 && _left[message.Product]-- > 0);
                }
                catch (KeyNotFoundException unknown)
                {
                    message.Answer.SetException(unknown); // the sender's mistake; whatever else fails restarts the child
                }
            }
        }

        private sealed record Reservation(string Product, TaskCompletionSource<bool> Answer);
    }
    // </snippet>
}
