using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>Combinators over a group. Each opens a nested group: one failing call, one failed scope.</summary>
/// <remarks>
/// <para>
/// A nested group is waited for and canceled like a child. Its failure goes to the code that awaits it; it fails the outer group only by
/// leaving the outer body or a child that awaits it, so it can be caught. So its task must be awaited: a failure that no code awaits
/// cancels nothing and comes out nowhere, but for <see cref="TaskScheduler.UnobservedTaskException"/>. It takes no slot of
/// <see cref="TaskGroupOptions.MaxConcurrency"/>.
/// </para>
/// <para>
/// On a group that is ending a combinator invokes nothing and returns a canceled task; on one that has completed it throws
/// <see cref="InvalidOperationException"/>. All methods may be called from any thread.
/// </para>
/// </remarks>
public static partial class TaskGroupExtensions
{
    /// <summary>Opens a group nested in this one, runs <paramref name="body"/> in it, and waits for every child of it.</summary>
    /// <param name="group">The outer group, which counts as the caller of the nested one.</param>
    /// <param name="body">The first child of the nested group.</param>
    /// <param name="options">Options of the nested group; what they leave open is inherited.</param>
    /// <param name="caller">Names the nested group unless <paramref name="options"/> do; filled in by the compiler.</param>
    /// <returns>
    /// A task that completes after the last child of the nested group, with its outcome. The outer group waits for it in any case, but only
    /// the code that awaits the task gets its failure: it must be awaited.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="group"/> or <paramref name="body"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> is not a group of this library, or options do not fit
    /// together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The outer group has completed, or groups are nested more than 128 levels
    /// deep.</exception>
    public static Task RunGroupAsync(
        this ITaskGroup group, Func<ITaskGroup, Task> body, TaskGroupOptions? options = null, [CallerMemberName] string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return TaskGroup.RunNested(group, body, options, caller);
    }

    /// <summary>
    /// Opens a group nested in this one, runs <paramref name="body"/> in it, waits for every child of it, and yields the body's value.
    /// </summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <inheritdoc cref="RunGroupAsync(ITaskGroup, Func{ITaskGroup, Task}, TaskGroupOptions?, string?)"/>
    public static Task<T> RunGroupAsync<T>(
        this ITaskGroup group, Func<ITaskGroup, Task<T>> body, TaskGroupOptions? options = null, [CallerMemberName] string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return TaskGroup.RunNested(group, body, options, caller);
    }

    /// <summary>Starts a child whose work returns a <see cref="ValueTask"/>.</summary>
    /// <inheritdoc cref="ITaskGroup.Run(Func{CancellationToken, Task}, string?)"/>
    public static Task Run(
        this ITaskGroup group, Func<CancellationToken, ValueTask> work, [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work);
        return group.Run(static (child, ct) => child.Work(ct).AsTask(), new ValueTaskWork<ValueTask>(work), name);
    }

    /// <summary>Starts a child whose work returns a <see cref="ValueTask{TResult}"/>.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <inheritdoc cref="ITaskGroup.Run(Func{CancellationToken, Task}, string?)"/>
    public static Task<T> Run<T>(
        this ITaskGroup group, Func<CancellationToken, ValueTask<T>> work, [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work);
        return group.Run(static (child, ct) => child.Work(ct).AsTask(), new ValueTaskWork<ValueTask<T>>(work), name);
    }

    // What a combinator's body awaits that has a value to give: the end of its children. Failures are the nested group's business, so
    // nothing is thrown
    // twice; but where a child was canceled and nothing failed, there is no value, and the body ends canceled, too. A task completed by
    // hand may have
    // a cancellation for its failure.
    private static async Task Settled(IEnumerable<Task> children)
    {
        Task all = Task.WhenAll(children);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (all.IsCanceled || (all.Exception is { } thrown && thrown.InnerExceptions.All(each => each is OperationCanceledException)))
        {
            await all.ConfigureAwait(false);
        }
    }

    // Beside the body, which must end at once where it fails: the group waits for the disposals as well (R43).
    private static void DisposeUnlessWhole<T>(TaskGroup group, List<Task<T>> children, bool areAll, bool isAsked)
    {
        if (isAsked)
        {
            group.HoldUntil(new ResultDisposal(group).DisposeUnlessWholeAsync(children, areAll));
        }
    }

    // The value of a child, or nothing, if the nested group is about to report why there is none.
    private static T ValueOf<T>(Task<T> child) => child.IsCompletedSuccessfully ? child.Result : default!;

    private static int? CheckLimit(int? maxConcurrency) =>
        maxConcurrency is null or >= 1
            ? maxConcurrency
            : throw new ArgumentOutOfRangeException(
                nameof(maxConcurrency), maxConcurrency, "maxConcurrency must be at least 1, or null for no limit.");

    /// <summary>The delegate of a child, where the group sees it as a state.</summary>
    private readonly record struct ValueTaskWork<TTask>(Func<CancellationToken, TTask> Work) : IHiddenState;
}
