namespace TaskGroups.Tests;

/// <summary>What the group allocates for a child, to the byte: beyond what the child allocates for itself.</summary>
/// <remarks>Measured on this thread, after a first round that fills the pools. Alone in the process: the pools are shared.</remarks>
[Collection(nameof(MemoryTests))]
public sealed class AllocationTests
{
    private const int Children = 1_000;

    private TaskCompletionSource[] _gates = [];
    private int _next;

    private Task NextGate => _gates[_next++].Task;

    // R24
    [Fact]
    public void Run_WhenAChildEndsAtOnceInTheBodysSynchronousPart_AllocatesNothing() =>
        AssertNone(Measure(group => group.Run(static _ => Task.CompletedTask)));

    // R24
    [Fact]
    public void TryRun_WhenAChildEndsAtOnceInTheBodysSynchronousPart_AllocatesNothing() =>
        AssertNone(Measure(group => group.TryRun(static _ => Task.CompletedTask)));

    // R24
    [Fact]
    public void Run_WhenAnAsyncChildSuspends_AllocatesNothingButWhatTheChildDoes() =>
        AssertNone(Measure(group => group.Run(static (gate, _) => WaitAsync(gate), NextGate)) - MeasureBare());

    // R24: the hosts keep a line for every child
    [Fact]
    public void Run_WhenTheGroupTracksItsChildren_AllocatesNothingMore()
    {
        var tracked = new TaskGroupOptions { TrackChildren = true };
        AssertNone(Measure(group => group.Run(static _ => Task.CompletedTask), tracked));
        AssertNone(Measure(group => group.Run(static (gate, _) => WaitAsync(gate), NextGate), tracked) - MeasureBare());
    }

    // The hosts could follow every group, and do while a listener of metrics or traces is there
    [Fact]
    public async Task Run_WhenAHostFollowsNothing_AllocatesNothingMore()
    {
        TaskGroup host = TaskGroup.Open(
            new TaskGroupOptions { TrackChildren = true, FailurePolicy = FailurePolicy.Supervise, Observer = new Silent() },
            hostContext: new HostContext { Follow = static (_, _) => null });
        Task RunAsync(Func<ITaskGroup, Task> body, TaskGroupOptions options) => host.RunGroupAsync(body, options);

        AssertNone(Measure(group => group.Run(static _ => Task.CompletedTask, "child"), run: RunAsync));
        AssertNone(Measure(group => group.Run(static (gate, _) => WaitAsync(gate), NextGate, "child"), run: RunAsync) - MeasureBare());
        await host.CloseAsync();
    }

    // The text of a lambda that spans lines is cleaned once
    [Fact]
    public void Run_WhenTheNameIsALongTextOfCode_AllocatesNothingMore() => AssertNone(Measure(
        group => group.Run(static _ => Task.CompletedTask, "_ =>\n    Task.CompletedTask"),
        new TaskGroupOptions { TrackChildren = true }));

    // A closure anywhere on the way would show here
    [Fact]
    public void RunAsync_WhenNothingIsStarted_AllocatesTheGroupAndItsToken()
    {
        const int Groups = 1_000;
        long each = 0;
        for (int round = 0; round < 2; round++) // the first fills the pools
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int group = 0; group < Groups; group++)
            {
                Assert.True(TaskGroup.RunAsync(static _ => Task.CompletedTask).IsCompletedSuccessfully);
            }

            each = (GC.GetAllocatedBytesForCurrentThread() - before) / Groups;
        }

        Assert.InRange(each, 1, 128);
    }

    private static async Task WaitAsync(Task gate) => await gate;

    // Less than a byte per child: the group itself is not in the measure, and the pools may take a few objects more.
    private static void AssertNone(long bytes) => Assert.InRange(bytes, 0, Children - 1);

    private void MakeGates()
    {
        _gates = [.. Enumerable.Range(0, Children).Select(_ => new TaskCompletionSource())];
        _next = 0;
    }

    private void OpenGates()
    {
        foreach (TaskCompletionSource gate in _gates)
        {
            gate.SetResult();
        }
    }

    private long MeasureBare()
    {
        MakeGates();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int child = 0; child < Children; child++)
        {
            _ = WaitAsync(NextGate);
        }

        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        OpenGates();
        return bytes;
    }

    private long Measure(
        Action<ITaskGroup> start, TaskGroupOptions? options = null, Func<Func<ITaskGroup, Task>, TaskGroupOptions, Task>? run = null)
    {
        options ??= new TaskGroupOptions();
        run ??= static (body, options) => TaskGroup.RunAsync(body, options);
        MeasureOnce(start, options, run);
        MeasureOnce(start, options, run);
        return MeasureOnce(start, options, run);
    }

    // The gates open on this thread, one for each child, so the children end here, and what they used is back in this thread's pools.
    private long MeasureOnce(
        Action<ITaskGroup> start, TaskGroupOptions options, Func<Func<ITaskGroup, Task>, TaskGroupOptions, Task> open)
    {
        MakeGates();
        long bytes = 0;
        Task run = open(
            group =>
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int child = 0; child < Children; child++)
                {
                    start(group);
                }

                bytes = GC.GetAllocatedBytesForCurrentThread() - before;
                return Task.CompletedTask;
            },
            options);
        OpenGates();
        Assert.True(run.IsCompletedSuccessfully || run.Wait(TimeSpan.FromSeconds(30)));
        return bytes;
    }

    private sealed class Silent : TaskGroupObserver
    {
        public override bool WantsChildEvents => false;
    }
}
