using System.Globalization;

namespace TaskGroups;

/// <summary>Reads the source of a combinator, one item at a time, never further than its children can follow.</summary>
internal static class SourceReader
{
    /// <summary>Begins something for each item, with the name of its child.</summary>
    /// <param name="group">The group whose end ends the reading.</param>
    /// <param name="source">The source, which is disposed at the end.</param>
    /// <param name="waitForCapacity">Completes when there is room for one more item.</param>
    /// <param name="begin">Takes an item.</param>
    public static async Task ForEachAsync<TSource>(
        TaskGroup group, IAsyncEnumerable<TSource> source, Func<Task> waitForCapacity, Action<TSource, string> begin)
    {
        IAsyncEnumerator<TSource> items = source.GetAsyncEnumerator(group.CancellationToken)
            ?? throw ErrorMessages.SourceReturnedNull(group);
        bool hasFailed = false;
        try
        {
            for (long index = 0; await MoveNextAsync(group, items, waitForCapacity).ConfigureAwait(false); index++)
            {
                begin(items.Current, string.Create(CultureInfo.InvariantCulture, $"item[{index}]"));
            }
        }
        catch (Exception exception)
        {
            hasFailed = !OutcomeRules.IsCancellation(group, exception); // asked now: the disposal may outlive the moment
            throw; // to the body, and so to the group
        }
        finally
        {
            await DisposeAsync(group, items, hasFailed).ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> MoveNextAsync<TSource>(
        TaskGroup group, IAsyncEnumerator<TSource> items, Func<Task> waitForCapacity)
    {
        await waitForCapacity().ConfigureAwait(false);
        if (group.IsEnding)
        {
            throw group.CanceledException(); // R18 says what comes of it
        }

        return await items.MoveNextAsync().ConfigureAwait(false);
    }

    private static async ValueTask DisposeAsync<TSource>(TaskGroup group, IAsyncEnumerator<TSource> items, bool hasFailed)
    {
        try
        {
            await items.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception disposal) when (hasFailed) // a branch that no test reaches is the compiler's: what is thrown is no exception
        {
            group.Settings.Observers?.FailureReported(group, disposal, FailureKind.Disposal); // the failure that led to it goes on (R15)
        }
    }
}
