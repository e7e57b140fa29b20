namespace TaskGroups;

// The same work for each item of a source.
public static partial class TaskGroupExtensions
{
    /// <summary>Runs a child for each item of a source; the first failure cancels the others.</summary>
    /// <typeparam name="TSource">The type of the items.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="source">Read one item at a time, when there is room for its child. If it throws, that is the failure.</param>
    /// <param name="work">The work of one child.</param>
    /// <param name="maxConcurrency">How many children run at the same time; at least 1, <see langword="null"/> for no limit.</param>
    /// <returns>
    /// A task that completes when every child has ended; else the first failure. It must be awaited: no other code gets its failure.
    /// </returns>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="maxConcurrency"/> is
    /// <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxConcurrency"/> is less than 1.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> is not a group of this library.</exception>
    /// <exception cref="OperationCanceledException">The group around was canceled before all was done. In the returned task.</exception>
    /// <exception cref="InvalidOperationException">The outer group has completed, or groups are nested more than 128 levels
    /// deep.</exception>
    public static Task ForEachAsync<TSource>(
        this ITaskGroup group, IEnumerable<TSource> source, Func<TSource, CancellationToken, Task> work, int? maxConcurrency = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return group.ForEachAsync(new SyncSource<TSource>(source), work, maxConcurrency);
    }

    /// <summary>Runs a child for each item of an asynchronous source; the first failure cancels the others and the reading.</summary>
    /// <inheritdoc cref="ForEachAsync{TSource}(ITaskGroup, IEnumerable{TSource}, Func{TSource, CancellationToken, Task}, int?)"/>
    public static Task ForEachAsync<TSource>(
        this ITaskGroup group, IAsyncEnumerable<TSource> source, Func<TSource, CancellationToken, Task> work, int? maxConcurrency = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(work);
        return TaskGroup.RunNested(
            group,
            each => SourceReader.ForEachAsync(
                TaskGroup.From(each), source, CapacityOf(TaskGroup.From(each)), (item, name) => each.Run(work, item, name)),
            new TaskGroupOptions { MaxConcurrency = CheckLimit(maxConcurrency) },
            nameof(ForEachAsync));
    }

    /// <summary>Runs a child for each item of a source and yields all results; the first failure cancels the others.</summary>
    /// <typeparam name="TSource">The type of the items.</typeparam>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="source">Read one item at a time, when there is room for its child. If it throws, that is the failure.</param>
    /// <param name="work">The work of one child.</param>
    /// <param name="maxConcurrency">How many children run at the same time; at least 1, <see langword="null"/> for no limit.</param>
    /// <param name="disposeUndelivered">
    /// What becomes of the results of the others where one fails or the group is canceled, so that the caller gets none.
    /// <see langword="true"/>: each that is <see cref="IAsyncDisposable"/> or <see cref="IDisposable"/> is disposed, once, before the
    /// returned task completes. <see langword="false"/>: they are left as they are, for values may be shared. Results that the task yields
    /// belong to the caller.
    /// </param>
    /// <returns>
    /// The results in the order of the source; else the first failure. An empty source gives an empty array. It must be awaited: no other
    /// code gets its failure.
    /// </returns>
    /// <exception cref="OperationCanceledException">
    /// Nothing failed, but not all was done: the group around was canceled, or a child obeyed <see cref="ITaskGroup.Stop"/>. In the
    /// returned task.
    /// </exception>
    /// <inheritdoc cref="ForEachAsync{TSource}(ITaskGroup, IEnumerable{TSource}, Func{TSource, CancellationToken, Task}, int?)"/>
    public static Task<TResult[]> MapAsync<TSource, TResult>(
        this ITaskGroup group,
        IEnumerable<TSource> source,
        Func<TSource, CancellationToken, Task<TResult>> work,
        int? maxConcurrency = null,
        bool disposeUndelivered = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        return group.MapAsync(new SyncSource<TSource>(source), work, maxConcurrency, disposeUndelivered);
    }

    /// <summary>
    /// Runs a child for each item of an asynchronous source and yields all results; the first failure cancels the others and the reading.
    /// </summary>
    /// <inheritdoc
    /// cref="MapAsync{TSource, TResult}(ITaskGroup, IEnumerable{TSource}, Func{TSource, CancellationToken, Task{TResult}}, int?, bool)"/>
    public static Task<TResult[]> MapAsync<TSource, TResult>(
        this ITaskGroup group,
        IAsyncEnumerable<TSource> source,
        Func<TSource, CancellationToken, Task<TResult>> work,
        int? maxConcurrency = null,
        bool disposeUndelivered = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(work);
        return TaskGroup.RunNested(
            group,
            async map =>
            {
                var owner = TaskGroup.From(map);
                var children = new List<Task<TResult>>();
                bool isRead = false;
                try
                {
                    await SourceReader.ForEachAsync(
                        owner, source, CapacityOf(owner), (item, name) => children.Add(map.Run(work, item, name))).ConfigureAwait(false);
                    isRead = true;
                }
                finally
                {
                    DisposeUnlessWhole(owner, children, isRead, disposeUndelivered);
                }

                await Settled(children).ConfigureAwait(false);
                return children.ConvertAll(ValueOf).ToArray();
            },
            new TaskGroupOptions { MaxConcurrency = CheckLimit(maxConcurrency) },
            nameof(MapAsync));
    }

    private static Func<Task> CapacityOf(TaskGroup group) =>
        group.Limiter is { } limiter ? limiter.WaitForCapacityAsync : static () => Task.CompletedTask;
}
