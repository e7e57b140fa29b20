using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R14, R15: a callback on a token that throws changes neither the cancellation nor the outcome, and is reported.
public sealed class CallbackFailureTests
{
    // R14, R15
    [Theory, Plays]
    public Task Cancel_WhenCallbacksThrow_TellsAllOthersAndReportsThem(Play play) => play.In(async scene =>
    {
        InvalidDataException a = new("a"), b = new("b");
        Gate started = new(2);
        Task run = scene.RunAsync(
            async group =>
            {
                CancellationToken ct = group.CancellationToken;
                ct.UnsafeRegister(_ => scene.Trail.Add("registered first"), null);
                ct.UnsafeRegister(_ => throw a, null);
                ct.UnsafeRegister(_ => scene.Trail.Add("registered between"), null);
                ct.UnsafeRegister(_ => throw b, null);
                ct.UnsafeRegister(_ => scene.Trail.Add("registered last"), null);
                for (int i = 0; i < 2; i++)
                {
                    group.Run(token =>
                    {
                        started.Open();
                        return Work.Forever(token);
                    });
                }

                await started.WaitAsync();
                group.Cancel();
            },
            new TaskGroupOptions { Observer = scene.Observer });

        await run;
        Assert.Equal(3, scene.Trail.Steps.Count);
        Assert.All(scene.Observer.Of<ObserverEvent.ExceptionUnseen>(), each => Assert.Null(each.Child));
        Assert.Equivalent(new[] { a, b }, scene.Observer.UnseenOneByOne(), strict: true);
    });

    // R15: a throwing callback does not replace the failure
    [Theory, Plays]
    public Task RunAsync_WhenAFailureMeetsAThrowingCallback_ThrowsTheFailureAlone(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new("failure"), thrown = new("callback");
        Task run = scene.RunAsync(
            group =>
            {
                group.CancellationToken.UnsafeRegister(_ => throw thrown, null);
                group.Run(_ => Task.FromException(failure));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, failure);
        Assert.Equal([thrown], scene.Observer.UnseenOneByOne());
    });

    // R15: nor does it stop the caller's own cancellation, or come out of it
    [Theory, Plays]
    public Task RunAsync_WhenTheCallersCancellationMeetsAThrowingCallback_KeepsItFromTheCaller(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        InvalidDataException thrown = new("callback");
        Task run = scene.RunAsync(
            group =>
            {
                group.CancellationToken.UnsafeRegister(_ => throw thrown, null);
                return Work.Forever(group.CancellationToken);
            },
            new TaskGroupOptions { Observer = scene.Observer },
            caller.Token);
        caller.Cancel();
        await Expect.Canceled(run, caller.Token);
        Assert.Equal([thrown], scene.Observer.UnseenOneByOne());
    });

    // R15: the soft signal as well
    [Theory, Plays]
    public Task Stop_WhenACallbackThrows_DoesNotThrowAndReportsIt(Play play) => play.In(async scene =>
    {
        InvalidDataException thrown = new("callback");
        await scene.RunAsync(
            async group =>
            {
                group.StoppingToken.UnsafeRegister(_ => scene.Trail.Add("told"), null);
                group.StoppingToken.UnsafeRegister(_ => throw thrown, null);
                group.Stop();
                await scene.Trail.WaitForAsync("told");
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([thrown], scene.Observer.UnseenOneByOne());
    });

    // R15, R18
    [Theory, Plays]
    public Task Timeout_WhenACallbackThrows_EndsInATimeout(Play play) => play.In(async scene =>
    {
        InvalidDataException thrown = new("callback");
        Task run = scene.RunAsync(
            group =>
            {
                group.CancellationToken.UnsafeRegister(_ => throw thrown, null);
                return Work.Forever(group.CancellationToken);
            },
            new TaskGroupOptions { Observer = scene.Observer, Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock });
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await Expect.TimedOut(run);
        Assert.Equal([thrown], scene.Observer.UnseenOneByOne());
    });

    // R15: the same under the clock of the system, whose timer would end the process
    [Theory, Plays(StartModesOnly = true)]
    public Task Timeout_WhenACallbackThrowsUnderASystemTimer_TheProcessLives(Play play) => play.In(async scene =>
    {
        InvalidDataException thrown = new("callback");
        using ManualResetEventSlim registered = new();
        Task run = scene.RunAsync(
            group =>
            {
                group.CancellationToken.UnsafeRegister(_ => throw thrown, null);
                registered.Set();
                return Work.Forever(group.CancellationToken);
            },
            new TaskGroupOptions
            {
                Observer = scene.Observer,
                Timeout = TimeSpan.FromMilliseconds(1),
                TimeProvider = new SystemTimeOnceRegistered(registered),
            });
        await Expect.TimedOut(run);
        Assert.Equal([thrown], scene.Observer.UnseenOneByOne());
    });

    // R14, R15: what the callback threw is reported to no observer, and changes nothing
    [Theory, Plays]
    public Task Cancel_WhenACallbackThrowsUnobserved_FailsNothingElse(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        Gate told = new();
        group.CancellationToken.Register(told.Open); // called after the next one: the last registration comes first
        group.CancellationToken.Register(() => throw new InvalidDataException());
        group.Cancel();
        await told.WaitAsync();
    }));

    // The timers of the system; one that is due waits for what must come first.
    private sealed class SystemTimeOnceRegistered(ManualResetEventSlim registered) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(
            due =>
            {
                registered.Wait();
                callback(due);
            },
            state,
            dueTime,
            period);
    }
}
