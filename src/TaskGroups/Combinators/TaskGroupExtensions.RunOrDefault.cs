using System.Runtime.CompilerServices;

namespace TaskGroups;

// A child that the group can do without.
public static partial class TaskGroupExtensions
{
    /// <summary>Starts an optional child: its failure is reported to the observers, cancels nothing, and yields a fallback.</summary>
    /// <remarks>
    /// For work that the group can do without. That a failure is survived is meant here, so it never leaves the returned task, and the task
    /// need not be awaited. Work whose failure matters belongs in <c>Run</c>, or in a combinator that is awaited.
    /// </remarks>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="group">The group that waits for the child.</param>
    /// <param name="work">The work of the child.</param>
    /// <param name="fallback">What the task yields if the work fails.</param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns>
    /// The work's result, or the fallback if it failed. If the group is canceled before the work ends, and it has no result, the task is
    /// canceled, even if
    /// the work failed then: a fallback is for failures of the work, not of the group.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="group"/> or <paramref name="work"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> is not a group of this library.</exception>
    /// <exception cref="InvalidOperationException">The group has completed.</exception>
    /// <exception cref="TaskGroupFullException"><see cref="TaskGroupOptions.MaxWaiting"/> is reached.</exception>
    public static Task<T> RunOrDefault<T>(
        this ITaskGroup group,
        Func<CancellationToken, Task<T>> work,
        T fallback,
        [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        var optional = new OptionalWork<T>(TaskGroup.From(group), work, fallback);
        return group.Run(static (optional, _) => optional.RunAsync(), optional, name);
    }

    /// <summary>
    /// Starts an optional child: its failure is reported to the observers, cancels nothing, and yields the default of its type.
    /// </summary>
    /// <returns>
    /// The work's result, or the default of <typeparamref name="T"/> if it failed; canceled if the group is canceled before the work ends.
    /// </returns>
    /// <inheritdoc cref="RunOrDefault{T}(ITaskGroup, Func{CancellationToken, Task{T}}, T, string?)"/>
    public static Task<T?> RunOrDefault<T>(this ITaskGroup group, Func<CancellationToken, Task<T>> work) =>
        group.RunOrDefault<T?>(work!, default, nameof(RunOrDefault));

    private sealed class OptionalWork<T>(TaskGroup group, Func<CancellationToken, Task<T>> work, T fallback) : IOptionalWork
    {
        public ITaskGroup Group
        {
            set => group = TaskGroup.From(value);
        }

        public IReadOnlyList<Exception> Failures { get; private set; } = [];

        public bool IsFailureThrown => false;

        public void CancelBeforeStart()
        {
        }

        public async Task<T> RunAsync()
        {
            Task<T> task = (Task<T>)DelegateInvoker.Invoke(group, new ChildWork<T>(work), group.CancellationToken);
            await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Failures = OutcomeRules.Classify(group, task).Failures; // reported when the group settles this child
            if (Failures.Count == 0)
            {
                try
                {
                    return await task.ConfigureAwait(false);
                }
                catch (OperationCanceledException obeyed) when (
                    !group.IsEnding && !OutcomeRules.IsStopSignal(group, obeyed.CancellationToken))
                {
                    return fallback; // it ended with another token after Stop (R11)
                }
            }

            return group.IsEnding ? throw group.CanceledException() : fallback;
        }
    }
}
