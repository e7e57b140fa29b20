using System.Runtime.CompilerServices;

namespace TaskGroups;

// A child that says when it is ready.
public static partial class TaskGroupExtensions
{
    /// <summary>Starts a child and waits until it says that it is ready; the child runs on.</summary>
    /// <typeparam name="T">What the child hands over when it is ready.</typeparam>
    /// <param name="group">The group that waits for the child.</param>
    /// <param name="work">The work of the child. It calls <see cref="IStartSignal{T}.Started"/> once.</param>
    /// <param name="cancellationToken">
    /// Gives up while the child is getting ready: the child's token fires, the child is waited for, and the group is not canceled by it. It means
    /// nothing to a child that has started.
    /// </param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns>
    /// What the child handed over. A child that fails before it is ready fails only this task, unless that leaves the body; afterwards
    /// it is a child like any other.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="group"/> or <paramref name="work"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> is an implementation of somebody else.</exception>
    /// <exception cref="InvalidOperationException">
    /// The group has completed; or, in the returned task, the child ended without having called <see cref="IStartSignal{T}.Started"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> or the group was canceled before the child was ready. In the returned task.
    /// </exception>
    /// <exception cref="TaskGroupFullException"><see cref="TaskGroupOptions.MaxWaiting"/> is reached.</exception>
    public static Task<T> StartAsync<T>(
        this ITaskGroup group,
        Func<IStartSignal<T>, CancellationToken, Task> work,
        CancellationToken cancellationToken = default,
        [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        TaskGroup owner = TaskGroup.From(group);
        if (cancellationToken.IsCancellationRequested)
        {
            return Valued<T>.Ended(new OperationCanceledException(cancellationToken));
        }

        var start = new StartingWork<T>(owner, work, cancellationToken);
        return start.WhenReadyAsync(group.Run(static (start, _) => start.RunAsync(), start, name));
    }

    private sealed class StartingWork<T>(TaskGroup group, Func<IStartSignal<T>, CancellationToken, Task> work, CancellationToken callerToken)
        : IStartSignal<T>, IOptionalWork
    {
        private readonly TaskCompletionSource<T> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _giveUp = new();

        public Exception? Failure { get; private set; }

        public bool IsFailureThrown => true;

        /// <summary>Yields what the child hands over; a child that was never invoked hands over its cancellation.</summary>
        public Task<T> WhenReadyAsync(Task child)
        {
            child.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(
                () => _ready.TrySetFromTask(Valued<T>.Ended(new OperationCanceledException(group.CancellationToken))));
            _ = _ready.Task.ContinueWith(
                static ready => _ = ready.Exception, // the observers have it: nobody needs to await the start
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default);
            return _ready.Task;
        }

        public void Started(T value)
        {
            if (!_ready.TrySetResult(value))
            {
                throw new InvalidOperationException("Started was called before, or the start was given up: a child says once that it is ready.");
            }
        }

        public async Task RunAsync()
        {
            CancellationToken groupToken = group.CancellationToken;
            CancellationTokenRegistration byGroup = groupToken.UnsafeRegister(static it => ((StartingWork<T>)it!).GiveUp(), this);
            CancellationTokenRegistration byCaller = callerToken.UnsafeRegister(
                static it =>
                {
                    var start = (StartingWork<T>)it!;
                    if (!start._ready.Task.IsCompleted)
                    {
                        start.GiveUp();
                    }
                },
                this);
            try
            {
                await group.Invoke(new StatefulWork<StartingWork<T>>(static (it, _) => it.InvokeAsync(), this), group.CancellationToken).ConfigureAwait(false);
                if (!group.IsEnding)
                {
                    Fail(callerToken.IsCancellationRequested
                        ? new OperationCanceledException(callerToken) // a child may obey without an exception
                        : new InvalidOperationException("A child given to StartAsync ended without having called Started."));
                }
            }
            catch (Exception exception) when (!_ready.Task.IsCompleted && !group.IsCancellation(exception))
            {
                Fail(exception);
            }
            finally
            {
                byGroup.Unregister();
                byCaller.Unregister();
            }
        }

        private Task InvokeAsync() => work(this, _giveUp.Token);

        // Before the child was ready its end is the starter's business alone, so the child itself ends normally.
        private void Fail(Exception exception)
        {
            if (exception is OperationCanceledException && callerToken.IsCancellationRequested)
            {
                _ready.TrySetFromTask(Valued<T>.Ended(new OperationCanceledException(callerToken)));
            }
            else if (_ready.TrySetException(exception))
            {
                Failure = exception;
            }
        }

        private void GiveUp() => group.FireLate(_giveUp);
    }
}
