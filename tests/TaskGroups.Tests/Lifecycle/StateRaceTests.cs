using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Two events at the same instant: the rules hold in either order.
public sealed class StateRaceTests
{
    // R1, R4
    [Theory, Plays(StartModesOnly = true)]
    public Task Cancel_AtARandomMoment_LeavesNothingRunning(Play play) => play.In(async scene =>
    {
        const int Seed = 29;
        Random random = new(Seed);
        for (int before = 0; before <= 15; before++)
        {
            for (int after = 0; after <= 15; after++)
            {
                await CancelBetweenAsync(scene, before, after, random, $"seed {Seed}, {before} before, {after} after");
            }
        }
    });

    // R15, R18
    [Theory, Plays(StartModesOnly = true)]
    public Task RunAsync_WhenAChildFailsAsTheCallerCancels_NeverLosesTheFailure(Play play) => play.In(async scene =>
    {
        const int Rounds = 1_000;
        using Barrier together = new(2);
        CancellationTokenSource caller = null!; // handed over at the barrier
        Thread canceling = new(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                together.SignalAndWait();
                caller.Cancel();
                together.SignalAndWait();
            }
        });
        canceling.IsBackground = true;
        canceling.Start();

        for (int round = 0; round < Rounds; round++)
        {
            InvalidDataException failure = new();
            using CancellationTokenSource mine = new();
            TaskCompletionSource fails = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Gate begun = new(2);
            Task run = scene.RunAsync(
                group =>
                {
                    group.Run(_ =>
                    {
                        begun.Open();
                        return fails.Task;
                    });
                    group.Run(ct =>
                    {
                        begun.Open();
                        return Work.UntilCanceled(ct);
                    });
                    return Task.CompletedTask;
                },
                mine.Token);
            await begun.WaitAsync();
            caller = mine;
            together.SignalAndWait();
            fails.SetException(failure);
            together.SignalAndWait();
            await Expect.Throws(run, failure);
        }

        canceling.Join();
    });

    // R20
    [Fact]
    public async Task Cancel_WhileGroupsComplete_NeverMeetsADisposedSource()
    {
        const int Rounds = 300_000;
        ITaskGroup? current = null;
        bool isOver = false;
        Exception? thrown = null;
        Thread canceling = new(() => thrown = Record.Exception(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                ITaskGroup? group = Volatile.Read(ref current);
                group?.Cancel();
                group?.CancellationToken.UnsafeRegister(static _ => { }, null).Unregister();
            }
        }));
        canceling.IsBackground = true;
        canceling.Start();

        int canceled = 0;
        for (int round = 0; round < Rounds || canceled == 0; round++) // until the other thread has come to it at least once
        {
            ITaskGroup? group = null;
            Task run = TaskGroup.RunAsync(opened =>
            {
                group = opened;
                Volatile.Write(ref current, opened);
                return Task.CompletedTask;
            });
            await run;
            canceled += group!.CancellationReason == CancellationReason.Requested ? 1 : 0;
        }

        Volatile.Write(ref isOver, true);
        canceling.Join();
        Assert.Null(thrown);
    }

    private static async Task CancelBetweenAsync(Scene scene, int before, int after, Random random, string round)
    {
        int invoked = 0, ended = 0;
        int spins = random.Next(200);
        TaskGroup? captured = null;
        List<Task> children = [];
        Func<CancellationToken, Task>[] kinds =
        [
            _ => Task.CompletedTask,
            async _ => await Task.Yield(),
            Work.UntilCanceled,
            async ct => await Work.Forever(ct),
        ];

        await scene.RunAsync(
            async group =>
            {
                captured = TaskGroup.From(group);
                Start(before);
                Task cancellation = Task.Run(() =>
                {
                    Thread.SpinWait(spins);
                    group.Cancel();
                });
                Start(after);
                await cancellation;

                void Start(int count)
                {
                    for (int i = 0; i < count; i++)
                    {
                        Func<CancellationToken, Task> kind = kinds[random.Next(kinds.Length)];
                        children.Add(group.Run(ct => CountedAsync(kind, ct)));
                    }
                }
            },
            new TaskGroupOptions { MaxConcurrency = random.Next(2) == 0 ? null : 1 + random.Next(4) }).WithWatchdog(round);

        Assert.True(captured!.IsCompleted, round);
        Assert.True((captured.RunningCount, captured.WaitingCount) == (0, 0), round);
        Assert.True(invoked == ended && invoked <= before + after, round);
        Assert.True(children.Count(child => child.IsCompletedSuccessfully) <= invoked, round);
        Assert.True(children.TrueForAll(child => child.IsCompletedSuccessfully || child.IsCanceled), round);

        async Task CountedAsync(Func<CancellationToken, Task> kind, CancellationToken ct)
        {
            Interlocked.Increment(ref invoked);
            try
            {
                await kind(ct);
            }
            finally
            {
                Interlocked.Increment(ref ended);
            }
        }
    }
}
