namespace TaskGroups.Benchmarks;

/// <summary>What a child does. All contenders run the same.</summary>
internal static class Work
{
    /// <summary>Suspends once: 96 bytes, the box of the async method, are its own.</summary>
    public static readonly Func<CancellationToken, Task> Suspends = SuspendAsync;

    /// <summary>Ends before it ever waits.</summary>
    public static readonly Func<CancellationToken, Task> EndsAtOnce = _ => Task.CompletedTask;

    /// <summary>Yields a value after it suspended once.</summary>
    public static readonly Func<CancellationToken, Task<int>> YieldsValue = ValueAsync;

    /// <summary>Yields a value before it ever waits. The task is its own, as one of an async method is.</summary>
    public static readonly Func<CancellationToken, Task<int>> ValueAtOnce = _ => Task.FromResult(1_000);

    /// <summary>Waits until it is canceled.</summary>
    public static readonly Func<CancellationToken, Task> Blocks = BlockAsync;

    /// <summary>Fails after it suspended once.</summary>
    public static readonly Func<CancellationToken, Task> Fails = FailAsync;

    private static async Task SuspendAsync(CancellationToken cancellationToken) => await Task.Yield();

    private static async Task<int> ValueAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        return 1;
    }

    private static async Task BlockAsync(CancellationToken cancellationToken) =>
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

    private static async Task FailAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        throw new BenchmarkException();
    }
}

/// <summary>What a failing child throws.</summary>
internal sealed class BenchmarkException : Exception;
