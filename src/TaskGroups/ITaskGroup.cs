using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>
/// A scope that owns children: work started here has ended before the group completes, and a failure or a cancellation of the
/// group reaches all of it.
/// </summary>
/// <remarks>
/// <para>All members may be called from any thread at any time, from outside the group as well.</para>
/// <para>
/// A group is obtained from <see cref="TaskGroup.RunAsync(Func{ITaskGroup, Task}, CancellationToken, string?)"/> or from dependency
/// injection. Other implementations of this interface can be passed around, but nested groups and combinators refuse them.
/// </para>
/// </remarks>
public interface ITaskGroup
{
    /// <summary>Names the group in messages, reports and snapshots. Never empty, at most 128 characters.</summary>
    string Name { get; }

    /// <summary>The hard signal: fires when the group is canceled. Every child receives it.</summary>
    /// <remarks>Stays readable, registrable and linkable after the group has completed.</remarks>
    CancellationToken CancellationToken { get; }

    /// <summary>The soft signal: fires on <see cref="Stop"/>, at the latest together with <see cref="CancellationToken"/>.</summary>
    /// <remarks>
    /// A child that ends with an <see cref="OperationCanceledException"/> of this token after <see cref="Stop"/> has obeyed; it has not
    /// failed.
    /// </remarks>
    CancellationToken StoppingToken { get; }

    /// <summary>What canceled the group; <see cref="CancellationReason.None"/> until then. The first reason stays.</summary>
    CancellationReason CancellationReason { get; }

    /// <summary>The time that is left until the earliest timeout of the group and of the groups around it.</summary>
    /// <value>Never negative. <see langword="null"/> if none of them has a timeout.</value>
    /// <remarks>Counts by the <see cref="TaskGroupOptions.TimeProvider"/> of each group. Says nothing of the caller's token.</remarks>
    TimeSpan? RemainingTime => null;

    /// <summary>Starts a child of this group.</summary>
    /// <param name="work">
    /// The work of the child. With <see cref="ChildStart.Inline"/> its part before the first <see langword="await"/> runs on the
    /// caller's thread, before this method returns. It receives <see cref="CancellationToken"/>.
    /// </param>
    /// <param name="name">
    /// What reports call the child. The default is the text of <paramref name="work"/>. A name with <c>=&gt;</c> or a double quote counts
    /// as source text: it is shown without the head of the lambda and without comments, with an ellipsis in place of each string and
    /// character, and has at most 60 characters. Other names have at most 128.
    /// </param>
    /// <returns>
    /// The child's outcome. It need not be awaited: the group waits for the child and reports its failure. If the group is ending,
    /// <paramref name="work"/> is not invoked and the returned task is canceled. What <paramref name="work"/> throws, at once or
    /// later, is in this task; a <see langword="null"/> task counts as a failure.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="work"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">The group has completed. The message names the group and the child.</exception>
    /// <exception cref="TaskGroupFullException"><see cref="TaskGroupOptions.MaxWaiting"/> is reached.</exception>
    Task Run(Func<CancellationToken, Task> work, [CallerArgumentExpression(nameof(work))] string? name = null);

    /// <summary>Starts a child that yields a value.</summary>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <inheritdoc cref="Run(Func{CancellationToken, Task}, string?)"/>
    Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, [CallerArgumentExpression(nameof(work))] string? name = null);

    /// <summary>Starts a child that is given a state, so that a <see langword="static"/> delegate need not capture anything.</summary>
    /// <typeparam name="TState">The type of the state.</typeparam>
    /// <param name="work"><inheritdoc cref="Run(Func{CancellationToken, Task}, string?)" path="/param[@name='work']"/></param>
    /// <param name="state">What <paramref name="work"/> receives as its first argument.</param>
    /// <param name="name"><inheritdoc cref="Run(Func{CancellationToken, Task}, string?)" path="/param[@name='name']"/></param>
    /// <inheritdoc cref="Run(Func{CancellationToken, Task}, string?)"/>
    Task Run<TState>(
        Func<TState, CancellationToken, Task> work,
        TState state,
        [CallerArgumentExpression(nameof(work))] string? name = null);

    /// <summary>Starts a child that is given a state and yields a value.</summary>
    /// <typeparam name="TState">The type of the state.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <param name="work"><inheritdoc cref="Run(Func{CancellationToken, Task}, string?)" path="/param[@name='work']"/></param>
    /// <param name="state">What <paramref name="work"/> receives as its first argument.</param>
    /// <param name="name"><inheritdoc cref="Run(Func{CancellationToken, Task}, string?)" path="/param[@name='name']"/></param>
    /// <inheritdoc cref="Run(Func{CancellationToken, Task}, string?)"/>
    Task<TResult> Run<TState, TResult>(
        Func<TState, CancellationToken, Task<TResult>> work,
        TState state,
        [CallerArgumentExpression(nameof(work))] string? name = null);

    /// <summary>Starts a child unless the group is full, ending or completed.</summary>
    /// <param name="work"><inheritdoc cref="Run(Func{CancellationToken, Task}, string?)" path="/param[@name='work']"/></param>
    /// <param name="name"><inheritdoc cref="Run(Func{CancellationToken, Task}, string?)" path="/param[@name='name']"/></param>
    /// <returns>
    /// <see langword="true"/> if the group took the child; <see langword="false"/> if <paramref name="work"/> was refused. A canceled group
    /// that refuses work has
    /// been cut short, as by <see cref="Run(Func{CancellationToken, Task}, string?)"/>; a full one has not.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="work"/> is <see langword="null"/>.</exception>
    bool TryRun(Func<CancellationToken, Task> work, [CallerArgumentExpression(nameof(work))] string? name = null);

    /// <summary>Asks the group and the groups nested in it, also those opened later, to finish what they have.</summary>
    /// <remarks>
    /// Fires <see cref="StoppingToken"/>. A request, not a gate: a stopped group still takes children. Idempotent, returns at once, never
    /// throws.
    /// </remarks>
    void Stop();

    /// <summary>Cancels the group and the groups nested in it.</summary>
    /// <remarks>
    /// Sets <see cref="CancellationToken"/>; children are told on another thread, so this returns at once. Idempotent, legal at
    /// any time, never throws. A group that has completed stays as it ended.
    /// </remarks>
    void Cancel();

    /// <summary>Shows what runs now: this group, its children, its nested groups.</summary>
    /// <returns>
    /// A consistent picture of each group. Children are listed only where <see cref="TaskGroupOptions.TrackChildren"/> holds.
    /// </returns>
    TaskGroupSnapshot GetSnapshot();
}
