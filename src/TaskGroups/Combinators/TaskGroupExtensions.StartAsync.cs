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
    /// Gives up while the child is getting ready: the child's token fires, the child is waited for, and the group is not canceled by it. A
    /// child that still
    /// waits for a slot is not invoked, and leaves its place to others. Means nothing to a child that has started. With a token that can be
    /// canceled the child's token is
    /// one of its own, which fires right after the group's.
    /// </param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns>
    /// What the child handed over. A child that fails before it is ready fails only this task, unless that leaves the body; afterwards
    /// it is a child like any other.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="group"/> or <paramref name="work"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> is not a group of this library.</exception>
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
            return ValueResult<T>.FromException(ErrorMessages.StartGivenUp(owner, cancellationToken));
        }

        return new PendingStart<T>(owner, work).StartAsync(group, name, cancellationToken);
    }
}
