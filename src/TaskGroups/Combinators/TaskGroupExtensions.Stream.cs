using System.Runtime.CompilerServices;

namespace TaskGroups;

// Results one by one, while later ones are on their way.
public static partial class TaskGroupExtensions
{
    private const int DefaultReadAhead = 16;

    /// <summary>Runs a child for each item of a source and yields the results one by one, while later items are being worked on.</summary>
    /// <typeparam name="TSource">The type of the items.</typeparam>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="source">Read only as far ahead of the consumer as <paramref name="maxConcurrency"/> allows.</param>
    /// <param name="work">The work of one child.</param>
    /// <param name="maxConcurrency">How many items may be under way or wait for the consumer; at least 1, <see langword="null"/> for
    /// 16.</param>
    /// <param name="preserveOrder">
    /// <see langword="true"/>: results in the order of the source. <see langword="false"/>: results as their children complete.
    /// </param>
    /// <param name="disposeUndelivered">
    /// What becomes of results that were worked ahead when the loop is left, or when something fails or is canceled before their turn.
    /// <see langword="true"/>: each that is <see cref="IAsyncDisposable"/> or <see cref="IDisposable"/> is disposed, once, before the loop
    /// ends, unless the very object was yielded before. <see langword="false"/>: they are left as they are, for values may be shared.
    /// Results that were yielded belong to the loop.
    /// </param>
    /// <returns>
    /// A sequence to be consumed with <see langword="await"/> <see langword="foreach"/>; nothing starts before that. The first failure, of
    /// a child or of the source, cancels the others at once, also those whose turn comes before it. Results that are there and come next
    /// are still yielded; then the failure comes out of the loop, after everything has ended. Leaving the loop early cancels the rest and
    /// waits for it; failures found then are reported to the observers. The outer group waits for the loop's end, so an enumerator taken by
    /// hand must be disposed.
    /// </returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxConcurrency"/> is less than 1.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> is not a group of this library.</exception>
    /// <exception cref="OperationCanceledException">
    /// Nothing failed, but items are missing: the loop's token or the group around was canceled, or a child or the source obeyed
    /// <see cref="ITaskGroup.Stop"/>. Thrown by the enumeration.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The outer group has completed, or groups are nested more than 128 levels deep. Thrown by the enumeration.
    /// </exception>
    public static IAsyncEnumerable<TResult> StreamAsync<TSource, TResult>(
        this ITaskGroup group,
        IEnumerable<TSource> source,
        Func<TSource, CancellationToken, Task<TResult>> work,
        int? maxConcurrency = null,
        bool preserveOrder = true,
        bool disposeUndelivered = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        return group.StreamAsync(new SyncSource<TSource>(source), work, maxConcurrency, preserveOrder, disposeUndelivered);
    }

    /// <inheritdoc cref="
    /// StreamAsync{TSource, TResult}(
    /// ITaskGroup, IEnumerable{TSource}, Func{TSource, CancellationToken, Task{TResult}}, int?, bool, bool)"/>
    public static IAsyncEnumerable<TResult> StreamAsync<TSource, TResult>(
        this ITaskGroup group,
        IAsyncEnumerable<TSource> source,
        Func<TSource, CancellationToken, Task<TResult>> work,
        int? maxConcurrency = null,
        bool preserveOrder = true,
        bool disposeUndelivered = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(work);
        _ = TaskGroup.From(group); // a foreign group is refused at once
        return Stream(group, source, work, CheckLimit(maxConcurrency) ?? DefaultReadAhead, preserveOrder, disposeUndelivered);
    }

    private static async IAsyncEnumerable<TResult> Stream<TSource, TResult>(
        ITaskGroup outer,
        IAsyncEnumerable<TSource> source,
        Func<TSource, CancellationToken, Task<TResult>> work,
        int readAhead,
        bool preserveOrder,
        bool disposeUndelivered,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Three branches that no test reaches are the compiler's: what a loop would do that is left while it is being left.
        var options = new TaskGroupOptions { Name = nameof(StreamAsync) };
        TaskGroup stream;
        bool flowsContext;
        using (GroupHold hold = TaskGroup.Hold(outer))
        {
            flowsContext = hold.Group.HostContext.FlowsContext;
            stream = TaskGroup.Open(options, hold.Group, callerToken: cancellationToken);
        }

        var pipe = new ResultStream<TSource, TResult>(
            stream, work, readAhead, preserveOrder, disposeUndelivered ? new ResultDisposal(stream) : null);
        bool isRead = false;
        try
        {
            if (flowsContext)
            {
                pipe.Start(source);
            }
            else
            {
                ExecutionContext.Run(DelegateInvoker.EmptyContext, _ => pipe.Start(source), null);
            }

            while (await pipe.NextAsync().ConfigureAwait(false) is { } ended)
            {
                yield return ended.Result;
            }

            isRead = true;
        }
        finally
        {
            if (!isRead)
            {
                stream.MarkUnobserved();
                stream.Cancel();
                await pipe.DisposeRestAsync().ConfigureAwait(false);
                await stream.CloseAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        OperationCanceledException? obedience = null;
        if (pipe.FirstUnsuccessful is not null)
        {
            // Before the stream cancels itself, which is no reason that tells anything.
            obedience = stream.IsEnding
                ? stream.CanceledException()
                : ErrorMessages.Stopped(stream, GroupTree.StoppedAround(stream), "a child obeyed");
            stream.Cancel();
            await pipe.DisposeRestAsync().ConfigureAwait(false);
        }

        await stream.CloseAsync().ConfigureAwait(false);

        // Nothing has failed, but a stream that ends here without a word would look whole.
        if (obedience is not null)
        {
            throw obedience;
        }

        if (stream.IsCutShort)
        {
            throw stream.CanceledException();
        }

        if (!pipe.Reader.IsCompletedSuccessfully)
        {
            throw ErrorMessages.Stopped(stream, GroupTree.StoppedAround(stream), "the source obeyed and has more to give");
        }
    }
}
