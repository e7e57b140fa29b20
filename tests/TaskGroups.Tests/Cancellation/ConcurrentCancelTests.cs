using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R22: when Cancel returns, the token has fired, for every caller.
public sealed class ConcurrentCancelTests
{
    // The observer's clock is asked before the token fires: there the first call is held up.
    [Fact]
    public async Task Cancel_WhileAnotherCallIsCanceling_FiresTheTokenBeforeItReturns()
    {
        HoldingClock clock = new();
        TaskGroup? opened = null;
        Task run = TaskGroup.RunAsync(
            group =>
            {
                opened = (TaskGroup)group;
                return group.Run(Work.Forever);
            },
            new TaskGroupOptions { TimeProvider = clock, Observer = new RecordingObserver() });
        clock.Holds = true;
        Task first = Task.Run(() => opened!.Cancel());
        await clock.IsHeld.WaitAsync();
        Assert.False(opened!.CancellationToken.IsCancellationRequested);

        clock.Holds = false;
        opened.Cancel();
        Assert.True(opened.CancellationToken.IsCancellationRequested);
        Assert.True(opened.StoppingToken.IsCancellationRequested);

        clock.Go.Open();
        await first.WithWatchdog();
        await run.WithWatchdog();
    }

    private sealed class HoldingClock : TimeProvider
    {
        private volatile bool _holds;

        public bool Holds
        {
            get => _holds;
            set => _holds = value;
        }

        public Gate IsHeld { get; } = new();

        public Gate Go { get; } = new();

        public override long GetTimestamp()
        {
            if (Holds)
            {
                IsHeld.Open();
                Go.WaitAsync().GetAwaiter().GetResult();
            }

            return base.GetTimestamp();
        }
    }
}
