namespace TaskGroups.Tests;

/// <summary>What the group allocates for a child, to the byte: beyond what the child allocates for itself.</summary>
/// <remarks>Measured on this thread, after a first round that fills the pools. Alone in the process: the pools are shared.</remarks>
[Collection(nameof(MemoryTests))]
public sealed class AllocationTests
{
    private const int Children = 1_000;

    private TaskCompletionSource _gate = new();

    // R24
    [Fact]
    public void Run_WhenAChildEndsAtOnceInTheBodysFirstPart_AllocatesNothing() =>
        AssertNone(Measure(group => group.Run(static _ => Task.CompletedTask)));

    // R24
    [Fact]
    public void TryRun_WhenAChildEndsAtOnceInTheBodysFirstPart_AllocatesNothing() =>
        AssertNone(Measure(group => group.TryRun(static _ => Task.CompletedTask)));

    // R24
    [Fact]
    public void Run_WhenAnAsyncChildSuspends_AllocatesNothingButWhatTheChildDoes() =>
        AssertNone(Measure(group => group.Run(static (gate, _) => WaitAsync(gate), _gate.Task)) - MeasureBare());

    private static async Task WaitAsync(Task gate) => await gate;

    // Less than a byte per child: the group itself is not in the measure, and the pools may take a few objects more.
    private static void AssertNone(long bytes) => Assert.InRange(bytes, 0, Children - 1);

    private long MeasureBare()
    {
        _gate = new TaskCompletionSource();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int child = 0; child < Children; child++)
        {
            _ = WaitAsync(_gate.Task);
        }

        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        _gate.SetResult();
        return bytes;
    }

    private long Measure(Action<ITaskGroup> start)
    {
        MeasureOnce(start);
        MeasureOnce(start);
        return MeasureOnce(start);
    }

    // The gate opens on this thread, so the children end here, and what they used is back in this thread's pools.
    private long MeasureOnce(Action<ITaskGroup> start)
    {
        _gate = new TaskCompletionSource();
        long bytes = 0;
        Task run = TaskGroup.RunAsync(group =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int child = 0; child < Children; child++)
            {
                start(group);
            }

            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            return Task.CompletedTask;
        });
        _gate.SetResult();
        Assert.True(run.IsCompletedSuccessfully || run.Wait(TimeSpan.FromSeconds(30)));
        return bytes;
    }
}
