namespace TaskGroups;

// All results of a sequence of like calls.
public static partial class TaskGroupExtensions
{
    /// <summary>Starts all delegates of a sequence together and yields all their results; the first failure cancels the others.</summary>
    /// <typeparam name="T">The type of the results.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work">The children. The sequence is read to its end before the first of them starts.</param>
    /// <param name="disposeUndelivered">
    /// What becomes of the results of the others where one fails or the group is canceled, so that the caller gets none.
    /// <see langword="true"/>: each that is <see cref="IAsyncDisposable"/> or <see cref="IDisposable"/> is disposed, once, before the
    /// returned task completes. <see langword="false"/>: they are left as they are, for values may be shared. Results that the task yields
    /// belong to the caller.
    /// </param>
    /// <returns>
    /// The results in the order of the sequence; else the first failure. An empty sequence gives an empty array. It must be awaited: no
    /// other code gets its failure.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="group"/> or <paramref name="work"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="group"/> is not a group of this library; or, in the returned task, the sequence contains
    /// <see langword="null"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// Nothing failed, but not all was done: the group around was canceled, or a child obeyed <see cref="ITaskGroup.Stop"/>. In the
    /// returned task.
    /// </exception>
    /// <exception cref="InvalidOperationException">The outer group has completed, or groups are nested more than 128 levels
    /// deep.</exception>
    public static Task<T[]> AllAsync<T>(
        this ITaskGroup group, IEnumerable<Func<CancellationToken, Task<T>>> work, bool disposeUndelivered = false)
    {
        ArgumentNullException.ThrowIfNull(work);
        return TaskGroup.RunNested(
            group,
            async all =>
            {
                Func<CancellationToken, Task<T>>[] delegates = ReadAll(work);
                var children = new List<Task<T>>(delegates.Length);
                try
                {
                    children.AddRange(delegates.Select((child, index) => all.Run(child, NameOf(index))));
                }
                finally
                {
                    DisposeUnlessWhole(TaskGroup.From(all), children, children.Count == delegates.Length, disposeUndelivered);
                }

                await Settled(children).ConfigureAwait(false);
                return children.Select(ValueOf).ToArray();
            },
            null,
            nameof(AllAsync));
    }

    /// <summary>Starts all delegates together and completes when all have ended; the first failure cancels the others.</summary>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work">The children. The sequence is read to its end before the first of them starts.</param>
    /// <returns>A task that completes when every child has ended. It must be awaited: no other code gets its failure.</returns>
    /// <exception cref="OperationCanceledException">The group around was canceled before all was done. In the returned task.</exception>
    /// <inheritdoc cref="AllAsync{T}(ITaskGroup, IEnumerable{Func{CancellationToken, Task{T}}}, bool)"/>
    public static Task AllAsync(this ITaskGroup group, params IEnumerable<Func<CancellationToken, Task>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return TaskGroup.RunNested(
            group,
            all =>
            {
                foreach ((int index, Func<CancellationToken, Task> child) in ReadAll(work).Index())
                {
                    if (!all.TryRun(child, NameOf(index)))
                    {
                        _ = all.Run(child, NameOf(index)); // a sibling has failed: canceled; or groups share a limit that is full: throws
                    }
                }

                return Task.CompletedTask;
            },
            null,
            nameof(AllAsync));
    }

    // To the end first: a sequence that throws, or holds null, starts nothing.
    private static Func<CancellationToken, TTask>[] ReadAll<TTask>(IEnumerable<Func<CancellationToken, TTask>> work)
    {
        Func<CancellationToken, TTask>[] all = [.. work];
        int missing = Array.IndexOf(all, null!);
        return missing < 0 ? all : throw new ArgumentException($"The delegate at index {missing} is null.", nameof(work));
    }

    private static string NameOf(int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"work[{index}]");
}
