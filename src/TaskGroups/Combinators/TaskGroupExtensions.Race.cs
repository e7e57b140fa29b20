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
    /// <remarks>Reports call the contenders <c>work[0]</c>, <c>work[1]</c> and so on.</remarks>
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
        return contenders.Length > 0
            ? RunRaceAsync(group, disposeLosers, [.. contenders.Select((contender, index) => (contender, NameOf(index)))])
            : throw new ArgumentException("A race needs at least one contender.", nameof(work));
    }

    private static Task<T> RunRaceAsync<T>(
        ITaskGroup group, bool disposeLosers, params (Func<CancellationToken, Task<T>> Work, string? Name)[] contenders) =>
        TaskGroup.RunNested(
            group,
            race => new Race<T>(TaskGroup.From(race), disposeLosers).RunAsync(contenders),
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise }, // a failed contender leaves the others their chance
            nameof(RaceAsync));

    private sealed class Race<T>(TaskGroup group, bool disposeLosers)
    {
        private readonly Lock _lock = new();
        private readonly List<Exception> _failures = [];
        private readonly ResultDisposal? _results = disposeLosers ? new ResultDisposal(group) : null;
        private List<Contender>? _held = group.Settings.Observers is null ? null : []; // null: nothing more is held back
        private Exception? _thrown;
        private bool _isWon;
        private T _result = default!;

        public async Task<T> RunAsync((Func<CancellationToken, Task<T>> Work, string? Name)[] contenders)
        {
            try
            {
                return await RunAllAsync(contenders).ConfigureAwait(false);
            }
            finally
            {
                ReportHeld(thrown: null); // unless it was known before
            }
        }

        private async Task<T> RunAllAsync((Func<CancellationToken, Task<T>> Work, string? Name)[] contenders)
        {
            var children = new List<Task>();
            foreach ((Func<CancellationToken, Task<T>> work, string? name) in contenders)
            {
                children.Add(group.Run(static (it, _) => it.Race.RunContenderAsync(it).Unwrap(), new Contender(this, work), name));
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

                // No contender is left to win: the race fails with all of them, and throws the first.
                ReportHeld(thrown: group.RecordFailures(_failures) ? _failures[0] : null);
                return default!;
            }

            if (_results is not null && group.IsCutShort && group.CancellationReason != CancellationReason.Requested)
            {
                await _results.TakeBackAsync(_result).ConfigureAwait(false); // the caller gets a cancellation instead
            }

            return _result;
        }

        // Yields how the contender ended: a task may hold several failures, and awaiting it throws the first of them only.
        private async Task<Task> RunContenderAsync(Contender contender)
        {
            var task = (Task<T>)DelegateInvoker.Invoke(group, new ChildWork<T>(contender.Work), group.CancellationToken);
            await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!task.IsCompletedSuccessfully)
            {
                contender.Failures = OutcomeRules.Classify(group, task).Failures;
                lock (_lock)
                {
                    _failures.AddRange(contender.Failures);
                }
            }
            else if (TryWin(task.Result))
            {
                group.Cancel();
                ReportHeld(thrown: null);
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

        /// <summary>Reports the failures that were held back, now that it is known which of them an await of the race throws.</summary>
        private void ReportHeld(Exception? thrown)
        {
            if (Volatile.Read(ref _held) is null)
            {
                return;
            }

            List<Contender> held;
            lock (_lock)
            {
                held = _held ?? [];
                _held = null;
                _thrown ??= thrown;
            }

            foreach (Contender contender in held)
            {
                group.ReportFailures(contender.Name, contender.Failures, FailureKind.Child, contender.Elapsed, contender.IsFailureThrown);
            }
        }

        private bool TryHold(Contender contender)
        {
            lock (_lock)
            {
                _held?.Add(contender);
                return _held is not null;
            }
        }

        private sealed class Contender(Race<T> race, Func<CancellationToken, Task<T>> work) : IHeldWork
        {
            public Race<T> Race => race;

            public Func<CancellationToken, Task<T>> Work => work;

            public string? Name { get; private set; }

            public TimeSpan Elapsed { get; private set; }

            public IReadOnlyList<Exception> Failures { get; set; } = [];

            public bool IsFailureThrown => Failures[0] == Volatile.Read(ref race._thrown);

            public bool TryHold(string name, TimeSpan elapsed)
            {
                (Name, Elapsed) = (name, elapsed);
                return race.TryHold(this);
            }
        }
    }
}
