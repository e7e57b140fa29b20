using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>One group with very many children, and what has become of them.</summary>
internal sealed class StressRun(StressMix mix, bool suspends, ChildStart start, int? limit)
{
    private readonly ManualClock _clock = new();
    private int _invoked;
    private int _running;
    private int _failed;

    private FailurePolicy Policy => mix switch
    {
        StressMix.CollectAllAllFail or StressMix.CollectAllEveryTenthFails => FailurePolicy.CollectAll,
        StressMix.SuperviseAllFail or StressMix.SuperviseEveryTenthFails => FailurePolicy.Supervise,
        _ => FailurePolicy.FailFast,
    };

    private int FailsEvery => mix switch
    {
        StressMix.FailFastAllFail or StressMix.CollectAllAllFail or StressMix.SuperviseAllFail => 1,
        StressMix.FailFastEveryTenthFails or StressMix.CollectAllEveryTenthFails or StressMix.SuperviseEveryTenthFails => 10,
        _ => 0,
    };

    private bool IsCanceled => mix >= StressMix.CanceledInTheMiddle;

    public async Task RunAsync(int count)
    {
        using CancellationTokenSource caller = new();
        TaskGroupOptions options = new()
        {
            FailurePolicy = Policy,
            ChildStart = start,
            MaxConcurrency = limit,
            TimeProvider = _clock,
            Timeout = mix == StressMix.TimesOutInTheMiddle ? TimeSpan.FromMinutes(1) : null,
        };
        Task run = TaskGroup.RunAsync(group => StartAll(group, count, caller), options, caller.Token);
        await run.ContinueWith(
            _ => Assert.Equal(0, Volatile.Read(ref _running)), CancellationToken
                .None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
            .WithWatchdog();
        await VerifyAsync(run, count, caller.Token);
    }

    private Task StartAll(ITaskGroup group, int count, CancellationTokenSource caller)
    {
        for (int index = 0; index < count; index++)
        {
            if (index == count / 2)
            {
                End(group, caller);
            }

            group.Run(static (it, ct) => it.Run.Child(it.index, ct), (Run: this, index));
        }

        return Task.CompletedTask;
    }

    private void End(ITaskGroup group, CancellationTokenSource caller)
    {
        switch (mix)
        {
            case StressMix.CanceledInTheMiddle:
                group.Cancel();
                break;
            case StressMix.CallerCancelsInTheMiddle:
                caller.Cancel();
                break;
            case StressMix.TimesOutInTheMiddle:
                _clock.Advance(TimeSpan.FromMinutes(1));
                break;
        }
    }

    private Task Child(int index, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _invoked);
        Interlocked.Increment(ref _running);
        bool fails = FailsEvery > 0 && index % FailsEvery == 0;
        return suspends
            ? SuspendAsync(fails, cancellationToken)
            : End(fails) is { } failure ? Task.FromException(failure) : Task.CompletedTask;
    }

    private async Task SuspendAsync(bool fails, CancellationToken cancellationToken)
    {
        if (IsCanceled)
        {
            await Work.UntilCanceled(cancellationToken);
        }
        else
        {
            await Task.Yield();
        }

        if (End(fails) is { } failure)
        {
            throw failure;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private StressException? End(bool fails)
    {
        Interlocked.Decrement(ref _running);
        if (!fails)
        {
            return null;
        }

        Interlocked.Increment(ref _failed);
        return new StressException();
    }

    private async Task VerifyAsync(Task run, int count, CancellationToken callerToken)
    {
        if (Policy != FailurePolicy.FailFast || mix == StressMix.AllSucceed)
        {
            Assert.Equal(count, _invoked);
        }

        if (_failed > 0 && Policy != FailurePolicy.Supervise)
        {
            Assert.IsType<StressException>(await Record.ExceptionAsync(() => run));
            Assert.Equal(_failed, run.Exception!.InnerExceptions.Distinct().Count());
        }
        else if (mix == StressMix.CallerCancelsInTheMiddle)
        {
            await Expect.Canceled(run, callerToken);
        }
        else if (mix == StressMix.TimesOutInTheMiddle)
        {
            await Expect.TimedOut(run);
        }
        else
        {
            await run;
        }
    }
}

/// <summary>A failure that no other test has.</summary>
internal sealed class StressException : Exception;
