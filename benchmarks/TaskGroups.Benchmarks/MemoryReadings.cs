using System.Diagnostics;
using System.Threading.Channels;

namespace TaskGroups.Benchmarks;

/// <summary>What a live child weighs, and what ten million children leave behind.</summary>
internal static class MemoryReadings
{
    private const int LiveChildren = 100_000;
    private const int ManyChildren = 10_000_000;
    private const int Workers = 2;
    private const int Batch = 1_000; // live children or queued items at most, more or less

    public static async IAsyncEnumerable<Reading> MeasureAsync(Rounds rounds)
    {
        yield return new("a live child: heap over the bare child", Spread.Exact(await LiveChildAsync()), 160, 112, "0", " B");

        List<double> queued = [], inline = [], growth = [];
        int count = Math.Min(rounds.Count, 5); // each takes seconds
        for (int round = -1; round < count; round++)
        {
            double channel = await TimeAsync(ChannelAsync);
            long before = GC.GetTotalMemory(forceFullCollection: true);
            double queuedTime = await TimeAsync(() => GroupAsync(ChildStart.Queued));
            double inlineTime = await TimeAsync(() => GroupAsync(ChildStart.Inline));
            if (round >= 0)
            {
                growth.Add((GC.GetTotalMemory(forceFullCollection: true) - before) / 1024.0 / 1024.0);
                queued.Add(channel / queuedTime);
                inline.Add(channel / inlineTime);
            }
        }

        yield return new(
            "10 million children, queued: times as fast as a Channel with 2 workers",
            Spread.Of(queued),
            1,
            1.8,
            MoreIsBetter: true);
        yield return new(
            "10 million children, inline: times as fast as a Channel with 2 workers",
            Spread.Of(inline),
            1,
            1.8,
            MoreIsBetter: true);
        yield return new("10 million children: heap growth afterwards", Spread.Of(growth), 1, 1, "0.00", " MiB");
    }

    private static async Task<double> LiveChildAsync()
    {
        double bare = await HeapAsync(WaitAsync);
        double grouped = 0;
        await TaskGroup.RunAsync(async group => grouped = await HeapAsync(gate => group.Run(static (gate, _) => WaitAsync(gate), gate)));
        return grouped - bare;
    }

    private static async Task<double> HeapAsync(Func<Task, Task> start)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tasks = new Task[LiveChildren];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int child = 0; child < LiveChildren; child++)
        {
            tasks[child] = start(gate.Task);
        }

        long after = GC.GetTotalMemory(forceFullCollection: true);
        gate.SetResult();
        await Task.WhenAll(tasks);
        return (double)(after - before) / LiveChildren;
    }

    private static async Task WaitAsync(Task gate) => await gate;

    private static async Task<double> TimeAsync(Func<Task> run)
    {
        long start = Stopwatch.GetTimestamp();
        await run();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    // A home-made queue: two workers read what to do from a channel. It bounds nothing that the group does not bound either.
    private static async Task ChannelAsync()
    {
        var channel = Channel.CreateBounded<Func<CancellationToken, Task>>(Batch);
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            await foreach (Func<CancellationToken, Task> work in channel.Reader.ReadAllAsync())
            {
                await work(CancellationToken.None);
            }
        }))];
        for (int child = 0; child < ManyChildren; child++)
        {
            await channel.Writer.WriteAsync(Work.Suspends);
        }

        channel.Writer.Complete();
        await Task.WhenAll(workers);
    }

    // Every so often the body waits for the child that it started last, so that the live ones stay few, as the channel's bound keeps them.
    private static Task GroupAsync(ChildStart start) => TaskGroup.RunAsync(
        async group =>
        {
            for (int child = 0; child < ManyChildren; child += Batch)
            {
                for (int other = 1; other < Batch; other++)
                {
                    group.TryRun(Work.Suspends);
                }

                await group.Run(Work.Suspends);
            }
        },
        new TaskGroupOptions { ChildStart = start });
}
