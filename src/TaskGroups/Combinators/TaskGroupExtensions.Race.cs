namespace TaskGroups;

// The first success wins.
public static partial class TaskGroupExtensions
{
    /// <summary>Starts all delegates together and yields the first success; the others are canceled and waited for.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work">The contenders. The sequence is read to its end, at once, before the first of them starts; what it throws is
    /// thrown at once.</param>
    /// <returns>
    /// The winner's result, once every contender has ended. The result of a contender that succeeds too late is disposed before that, once,
    /// if it is <see cref="IAsyncDisposable"/> or <see cref="IDisposable"/> and not the winner's very object. If none succeeded, a task
    /// that holds all failures in order of completion. Failures of losers, and of their disposals, are reported to the observers. The task
    /// must be awaited: no other code gets its failure.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="group"/> or <paramref name="work"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="group"/> is not a group of this library, or <paramref name="work"/> is empty or contains
    /// <see langword="null"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// No contender succeeded: the group around was canceled before all had failed, or all contenders obeyed
    /// <see cref="ITaskGroup.Stop"/>. In the returned task.
    /// </exception>
    /// <exception cref="InvalidOperationException">The outer group has completed, or groups are nested more than 128 levels
    /// deep.</exception>
    public static Task<T> RaceAsync<T>(this ITaskGroup group, params IEnumerable<Func<CancellationToken, Task<T>>> work) =>
        group.RaceAsync(work, disposeLosers: true);

    /// <summary>
    /// Starts all delegates together and yields the first success; the others are canceled and waited for, and what they bring is disposed
    /// only if that is asked for.
    /// </summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work">The contenders. The sequence is read to its end, at once, before the first of them starts; what it throws is
    /// thrown at once.</param>
    /// <param name="disposeLosers">
    /// <see langword="true"/>: the result of a contender that succeeds too late is disposed, once, if it is <see cref="IAsyncDisposable"/>
    /// or <see cref="IDisposable"/> and not the winner's very object; so is the winner's if the group is canceled from outside and the
    /// caller does not get it. <see langword="false"/>: no result is disposed. For values that belong to others, such as a cache's.
    /// </param>
    /// <returns>
    /// The winner's result, once every contender has ended and what is to be disposed has been: it belongs to the caller. If none
    /// succeeded, a task that holds all failures in order of completion. Failures of losers, and of their disposals, are reported to the
    /// observers. The task must be awaited: no other code gets its failure.
    /// </returns>
    /// <inheritdoc cref="RaceAsync{T}(ITaskGroup, IEnumerable{Func{CancellationToken, Task{T}}})" path="/exception"/>
    public static Task<T> RaceAsync<T>(this ITaskGroup group, IEnumerable<Func<CancellationToken, Task<T>>> work, bool disposeLosers)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work);
        Func<CancellationToken, Task<T>>[] contenders = ReadAll(work);
        if (contenders.Length == 0)
        {
            throw new ArgumentException("A race needs at least one contender.", nameof(work));
        }

        return TaskGroup.RunNested(
            group,
            race => new Race<T>(TaskGroup.From(race), disposeLosers).RunAsync(contenders),
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise }, // a failed contender leaves the others their chance
            nameof(RaceAsync));
    }

    private sealed class Race<T>(TaskGroup group, bool disposeLosers)
    {
        private readonly Lock _lock = new();
        private readonly List<Exception> _failures = [];
        private readonly ResultDisposal? _results = disposeLosers ? new ResultDisposal(group) : null;
        private bool _isWon;
        private T _result = default!;

        public async Task<T> RunAsync(Func<CancellationToken, Task<T>>[] contenders)
        {
            var children = new List<Task>();
            foreach ((int index, Func<CancellationToken, Task<T>> contender) in contenders.Index())
            {
                children.Add(
                    group.Run(static (it, _) => it.Race.RunContenderAsync(it.contender).Unwrap(), (Race: this, contender), NameOf(index)));
            }

            Task all = Task.WhenAll(children);
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_isWon)
            {
                if (group.IsCutShort)
                {
                    // what canceled the race comes before those who had lost by then
                    throw group.CanceledException();
                }

                if (_failures.Count == 0)
                {
                    await all.ConfigureAwait(false); // all have obeyed a stop
                }

                group.RecordFailures(_failures); // no contender is left to win: the race fails with all of them
                return default!;
            }

            if (_results is not null && group.IsCutShort && group.CancellationReason != CancellationReason.Requested)
            {
                await _results.TakeBackAsync(_result).ConfigureAwait(false); // the caller gets a cancellation instead
            }

            return _result;
        }

        // Yields how the contender ended: a task may hold several failures, and awaiting it throws the first of them only.
        private async Task<Task> RunContenderAsync(Func<CancellationToken, Task<T>> contender)
        {
            var task = (Task<T>)DelegateInvoker.Invoke(group, new ChildWork<T>(contender), group.CancellationToken);
            await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!task.IsCompletedSuccessfully)
            {
                IReadOnlyList<Exception> failures = OutcomeRules.Classify(group, task).Failures;
                lock (_lock)
                {
                    _failures.AddRange(failures);
                }
            }
            else if (TryWin(task.Result))
            {
                group.Cancel();
            }
            else if (_results is not null)
            {
                await _results.DisposeAsync(task.Result).ConfigureAwait(false);
            }

            return task;
        }

        private bool TryWin(T result)
        {
            lock (_lock)
            {
                if (_isWon)
                {
                    return false;
                }

                _isWon = true;
                _result = result;
                _results?.HandOut(result);
                return true;
            }
        }
    }
}
