using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>What children of the tests do.</summary>
internal static class Work
{
    /// <summary>Never ends by itself, honours its token.</summary>
    public static Task Forever(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Never ends by itself; ends at once, and without an exception, when the token fires.</summary>
    public static Task UntilCanceled(CancellationToken cancellationToken)
    {
        TaskCompletionSource canceled = new();
        cancellationToken.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), canceled);
        return canceled.Task;
    }

    /// <summary>Yields the item at once.</summary>
    public static Task<int> Now(int item, CancellationToken cancellationToken) => Task.FromResult(item);

    /// <summary>Lets a failure wait for its moment.</summary>
    public static async Task FailAfter(Gate moment, Exception failure)
    {
        await moment.WaitAsync();
        throw failure;
    }

    /// <summary>Blocks until canceled, then fails in its clean-up.</summary>
    public static async Task FailInCleanUp(Action started, Exception failure, CancellationToken cancellationToken)
    {
        try
        {
            started();
            await Forever(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw failure;
        }
    }

    /// <summary>One task that lists two failures.</summary>
    public static Task<int> FailTwice(Exception first, Exception second)
    {
        TaskCompletionSource<int> twice = new();
        twice.SetException([first, second]);
        return twice.Task;
    }
}
