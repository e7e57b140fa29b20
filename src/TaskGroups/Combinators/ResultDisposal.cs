using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>
/// Disposes results that no code receives: each object once, and none that was handed out, since several children may bring the same
/// (R43). Thread-safe.
/// </summary>
internal sealed class ResultDisposal(TaskGroup group)
{
    // Handed out, or disposed. Weak, so that a stream does not keep what its consumer has done with.
    private readonly ConditionalWeakTable<object, object?> _settled = [];

    /// <summary>Says that a result belongs to the caller from now on.</summary>
    public void HandOut<T>(T result)
    {
        if (result is IAsyncDisposable or IDisposable)
        {
            _settled.TryAdd(result, null);
        }
    }

    /// <summary>Disposes a result, unless it was handed out or is disposed already.</summary>
    public ValueTask DisposeAsync<T>(T result) =>
        result is IAsyncDisposable or IDisposable && _settled.TryAdd(result, null) ? DisposeNowAsync(result) : default;

    /// <summary>Disposes a result that was handed out, and then did not reach the caller.</summary>
    public ValueTask TakeBackAsync<T>(T result) => DisposeNowAsync(result);

    /// <summary>Disposes what children brought, when all have ended, unless each of them brought its result.</summary>
    /// <param name="children">The children.</param>
    /// <param name="areAll">Whether there is a child for each result that the caller is to have.</param>
    public async Task DisposeUnlessWholeAsync<T>(IReadOnlyList<Task<T>> children, bool areAll)
    {
        await ((Task)Task.WhenAll(children)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (areAll && children.All(child => child.IsCompletedSuccessfully))
        {
            return;
        }

        foreach (Task<T> child in children.Where(child => child.IsCompletedSuccessfully))
        {
            await DisposeAsync(child.Result).ConfigureAwait(false);
        }
    }

    private async ValueTask DisposeNowAsync(object? result)
    {
        try
        {
            switch (result)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync().ConfigureAwait(false);
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }
        }
        catch (Exception exception)
        {
            group.Settings.Observers?.FailureReported(group, exception, FailureKind.Disposal); // the group's outcome stands
        }
    }
}
