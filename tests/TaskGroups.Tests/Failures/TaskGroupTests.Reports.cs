using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R7, R10, R12, R14: each failure is told once, and none is left out.
public partial class TaskGroupTests
{
    // R7, R14: nobody need await a nested group
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsBodyFailsAndCancelsNobody_ReportsTheFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException late = new(), collected = new();
        await scene.RunAsync(
            async group =>
            {
                Gate running = new();
                _ = group.RunGroupAsync(_ => throw collected, new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll });
                Task nested = group.RunGroupAsync(inner => Work.FailInCleanUp(running.Open, late, inner.CancellationToken));
                await running.WaitAsync();
                group.Cancel();
                await Task.WhenAny(nested);
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([collected, late], Flat(scene.Observer));
    });

    // R14: its child was heard of already, and so is a body that cancels
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsFailureWasHeardOf_DoesNotReportItAgain(Play play) => play.In(async scene =>
    {
        InvalidDataException ofChild = new(), ofBody = new();
        await scene.RunAsync(
            async group =>
            {
                await Task.WhenAny(group.RunGroupAsync(
                    async inner => await inner.Run(Task (_) => throw ofChild), new TaskGroupOptions {
                        FailurePolicy = FailurePolicy.CollectAll }));
                await Task.WhenAny(group.RunGroupAsync(_ => throw ofBody));
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Empty(Flat(scene.Observer));
        Assert.Equal([ofChild, null], scene.Observer.Of<ObserverEvent.ChildCompleted>().Select(each => each.Exception).Append(null));
        Assert.Equal(ofBody, Assert.Single(scene.Observer.Of<ObserverEvent.GroupCanceled>()).Cause);
    });

    // R10, R12: a task that is canceled makes a new exception for whoever awaits it
    [Theory, Plays]
    public Task CollectAll_WhenTheBodyAwaitsAChildThatOthersCanceled_CountsItOnce(Play play) => play.In(async scene =>
    {
        Task run = scene.RunAsync(
            async group => await group.Run(_ => Task.FromCanceled(new CancellationToken(canceled: true))),
            new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Single(run.Exception!.InnerExceptions);
    });

    // R11: what the body obeyed was the stop, whatever came later
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsBodyObeysAStopAndItsTimeCameLater_CarriesTheStop(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            Gate running = new(), end = new();
            TaskCompletionSource<int> body = new();
            Task<int> nested = group.RunGroupAsync(
                inner =>
                {
                    inner.Run(_ =>
                    {
                        running.Open();
                        return end.WaitAsync(CancellationToken.None);
                    });
                    return body.Task;
                },
                new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock });
            await running.WaitAsync();
            group.Stop();
            body.SetCanceled(group.StoppingToken);
            scene.Clock.Advance(TimeSpan.FromSeconds(1));
            end.Open();
            await Expect.Canceled(nested, group.StoppingToken);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });

    // R23: a clock may begin at zero
    [Fact]
    public void GetSnapshot_WhenTheClockBeganAtZero_TellsTheTimes()
    {
        ClockFromZero clock = new();
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { TimeProvider = clock, TrackChildren = true }, parent: null, callerToken: CancellationToken.None);
        group.Cancel();
        clock.Seconds = 3;
        Assert.Equal(TimeSpan.FromSeconds(3), group.GetSnapshot().Entries[0].SinceCancellation);
        clock.Seconds = 0;
        group.CloseAsync();
        clock.Seconds = 5;
        Assert.Equal(TimeSpan.Zero, group.GetSnapshot().Entries[0].Elapsed);
    }

    private sealed class ClockFromZero : TimeProvider
    {
        public int Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
