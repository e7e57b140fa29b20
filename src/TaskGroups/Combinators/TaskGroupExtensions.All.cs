using System.Runtime.CompilerServices;

namespace TaskGroups;

// All results of a fixed number of different calls.
public static partial class TaskGroupExtensions
{
    /// <summary>Starts all delegates together and yields all their results; the first failure cancels the others.</summary>
    /// <typeparam name="T1">The type of the first result.</typeparam>
    /// <typeparam name="T2">The type of the second result.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work1">The first child.</param>
    /// <param name="work2">The second child.</param>
    /// <param name="name1">What reports call the first child. The default is the text of <paramref name="work1"/>.</param>
    /// <param name="name2">What reports call the second child. The default is the text of <paramref name="work2"/>.</param>
    /// <returns>
    /// The results in the order of the parameters, once every child has ended; else the first failure, with all of them in
    /// <see cref="Task.Exception"/>. It must be awaited: no other code gets its failure.
    /// </returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>. Nothing has been started.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> is not a group of this library.</exception>
    /// <exception cref="OperationCanceledException">
    /// Nothing failed, but not all was done: the group around was canceled, or a child obeyed <see cref="ITaskGroup.Stop"/>. In the
    /// returned task.
    /// </exception>
    /// <exception cref="InvalidOperationException">The outer group has completed, or groups are nested more than 128 levels
    /// deep.</exception>
    public static Task<(T1, T2)> AllAsync<T1, T2>(
        this ITaskGroup group,
        Func<CancellationToken, Task<T1>> work1,
        Func<CancellationToken, Task<T2>> work2,
        [CallerArgumentExpression(nameof(work1))] string? name1 = null,
        [CallerArgumentExpression(nameof(work2))] string? name2 = null)
    {
        ArgumentNullException.ThrowIfNull(work1);
        ArgumentNullException.ThrowIfNull(work2);
        return TaskGroup.RunNested(
            group,
            async all =>
            {
                Task<T1> child1 = all.Run(work1, name1);
                Task<T2> child2 = all.Run(work2, name2);
                await Settled([child1, child2]).ConfigureAwait(false);
                return (ValueOf(child1), ValueOf(child2));
            },
            null,
            nameof(AllAsync));
    }

    /// <summary>Starts all delegates together and yields all their results; the first failure cancels the others.</summary>
    /// <typeparam name="T1">The type of the first result.</typeparam>
    /// <typeparam name="T2">The type of the second result.</typeparam>
    /// <typeparam name="T3">The type of the third result.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work1">The first child.</param>
    /// <param name="work2">The second child.</param>
    /// <param name="work3">The third child.</param>
    /// <param name="name1">What reports call the first child. The default is the text of <paramref name="work1"/>.</param>
    /// <param name="name2">What reports call the second child. The default is the text of <paramref name="work2"/>.</param>
    /// <param name="name3">What reports call the third child. The default is the text of <paramref name="work3"/>.</param>
    /// <inheritdoc
    /// cref="AllAsync{T1, T2}(ITaskGroup, Func{CancellationToken, Task{T1}}, Func{CancellationToken, Task{T2}}, string?, string?)"/>
    public static Task<(T1, T2, T3)> AllAsync<T1, T2, T3>(
        this ITaskGroup group,
        Func<CancellationToken, Task<T1>> work1,
        Func<CancellationToken, Task<T2>> work2,
        Func<CancellationToken, Task<T3>> work3,
        [CallerArgumentExpression(nameof(work1))] string? name1 = null,
        [CallerArgumentExpression(nameof(work2))] string? name2 = null,
        [CallerArgumentExpression(nameof(work3))] string? name3 = null)
    {
        ArgumentNullException.ThrowIfNull(work1);
        ArgumentNullException.ThrowIfNull(work2);
        ArgumentNullException.ThrowIfNull(work3);
        return TaskGroup.RunNested(
            group,
            async all =>
            {
                Task<T1> child1 = all.Run(work1, name1);
                Task<T2> child2 = all.Run(work2, name2);
                Task<T3> child3 = all.Run(work3, name3);
                await Settled([child1, child2, child3]).ConfigureAwait(false);
                return (ValueOf(child1), ValueOf(child2), ValueOf(child3));
            },
            null,
            nameof(AllAsync));
    }

    /// <summary>Starts all delegates together and yields all their results; the first failure cancels the others.</summary>
    /// <typeparam name="T1">The type of the first result.</typeparam>
    /// <typeparam name="T2">The type of the second result.</typeparam>
    /// <typeparam name="T3">The type of the third result.</typeparam>
    /// <typeparam name="T4">The type of the fourth result.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work1">The first child.</param>
    /// <param name="work2">The second child.</param>
    /// <param name="work3">The third child.</param>
    /// <param name="work4">The fourth child.</param>
    /// <param name="name1">What reports call the first child. The default is the text of <paramref name="work1"/>.</param>
    /// <param name="name2">What reports call the second child. The default is the text of <paramref name="work2"/>.</param>
    /// <param name="name3">What reports call the third child. The default is the text of <paramref name="work3"/>.</param>
    /// <param name="name4">What reports call the fourth child. The default is the text of <paramref name="work4"/>.</param>
    /// <inheritdoc
    /// cref="AllAsync{T1, T2}(ITaskGroup, Func{CancellationToken, Task{T1}}, Func{CancellationToken, Task{T2}}, string?, string?)"/>
    public static Task<(T1, T2, T3, T4)> AllAsync<T1, T2, T3, T4>(
        this ITaskGroup group,
        Func<CancellationToken, Task<T1>> work1,
        Func<CancellationToken, Task<T2>> work2,
        Func<CancellationToken, Task<T3>> work3,
        Func<CancellationToken, Task<T4>> work4,
        [CallerArgumentExpression(nameof(work1))] string? name1 = null,
        [CallerArgumentExpression(nameof(work2))] string? name2 = null,
        [CallerArgumentExpression(nameof(work3))] string? name3 = null,
        [CallerArgumentExpression(nameof(work4))] string? name4 = null)
    {
        ArgumentNullException.ThrowIfNull(work1);
        ArgumentNullException.ThrowIfNull(work2);
        ArgumentNullException.ThrowIfNull(work3);
        ArgumentNullException.ThrowIfNull(work4);
        return TaskGroup.RunNested(
            group,
            async all =>
            {
                Task<T1> child1 = all.Run(work1, name1);
                Task<T2> child2 = all.Run(work2, name2);
                Task<T3> child3 = all.Run(work3, name3);
                Task<T4> child4 = all.Run(work4, name4);
                await Settled([child1, child2, child3, child4]).ConfigureAwait(false);
                return (ValueOf(child1), ValueOf(child2), ValueOf(child3), ValueOf(child4));
            },
            null,
            nameof(AllAsync));
    }

    /// <summary>Starts all delegates together and yields all their results; the first failure cancels the others.</summary>
    /// <typeparam name="T1">The type of the first result.</typeparam>
    /// <typeparam name="T2">The type of the second result.</typeparam>
    /// <typeparam name="T3">The type of the third result.</typeparam>
    /// <typeparam name="T4">The type of the fourth result.</typeparam>
    /// <typeparam name="T5">The type of the fifth result.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work1">The first child.</param>
    /// <param name="work2">The second child.</param>
    /// <param name="work3">The third child.</param>
    /// <param name="work4">The fourth child.</param>
    /// <param name="work5">The fifth child.</param>
    /// <param name="name1">What reports call the first child. The default is the text of <paramref name="work1"/>.</param>
    /// <param name="name2">What reports call the second child. The default is the text of <paramref name="work2"/>.</param>
    /// <param name="name3">What reports call the third child. The default is the text of <paramref name="work3"/>.</param>
    /// <param name="name4">What reports call the fourth child. The default is the text of <paramref name="work4"/>.</param>
    /// <param name="name5">What reports call the fifth child. The default is the text of <paramref name="work5"/>.</param>
    /// <inheritdoc
    /// cref="AllAsync{T1, T2}(ITaskGroup, Func{CancellationToken, Task{T1}}, Func{CancellationToken, Task{T2}}, string?, string?)"/>
    public static Task<(T1, T2, T3, T4, T5)> AllAsync<T1, T2, T3, T4, T5>(
        this ITaskGroup group,
        Func<CancellationToken, Task<T1>> work1,
        Func<CancellationToken, Task<T2>> work2,
        Func<CancellationToken, Task<T3>> work3,
        Func<CancellationToken, Task<T4>> work4,
        Func<CancellationToken, Task<T5>> work5,
        [CallerArgumentExpression(nameof(work1))] string? name1 = null,
        [CallerArgumentExpression(nameof(work2))] string? name2 = null,
        [CallerArgumentExpression(nameof(work3))] string? name3 = null,
        [CallerArgumentExpression(nameof(work4))] string? name4 = null,
        [CallerArgumentExpression(nameof(work5))] string? name5 = null)
    {
        ArgumentNullException.ThrowIfNull(work1);
        ArgumentNullException.ThrowIfNull(work2);
        ArgumentNullException.ThrowIfNull(work3);
        ArgumentNullException.ThrowIfNull(work4);
        ArgumentNullException.ThrowIfNull(work5);
        return TaskGroup.RunNested(
            group,
            async all =>
            {
                Task<T1> child1 = all.Run(work1, name1);
                Task<T2> child2 = all.Run(work2, name2);
                Task<T3> child3 = all.Run(work3, name3);
                Task<T4> child4 = all.Run(work4, name4);
                Task<T5> child5 = all.Run(work5, name5);
                await Settled([child1, child2, child3, child4, child5]).ConfigureAwait(false);
                return (ValueOf(child1), ValueOf(child2), ValueOf(child3), ValueOf(child4), ValueOf(child5));
            },
            null,
            nameof(AllAsync));
    }

    /// <summary>Starts all delegates together and yields all their results; the first failure cancels the others.</summary>
    /// <typeparam name="T1">The type of the first result.</typeparam>
    /// <typeparam name="T2">The type of the second result.</typeparam>
    /// <typeparam name="T3">The type of the third result.</typeparam>
    /// <typeparam name="T4">The type of the fourth result.</typeparam>
    /// <typeparam name="T5">The type of the fifth result.</typeparam>
    /// <typeparam name="T6">The type of the sixth result.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work1">The first child.</param>
    /// <param name="work2">The second child.</param>
    /// <param name="work3">The third child.</param>
    /// <param name="work4">The fourth child.</param>
    /// <param name="work5">The fifth child.</param>
    /// <param name="work6">The sixth child.</param>
    /// <param name="name1">What reports call the first child. The default is the text of <paramref name="work1"/>.</param>
    /// <param name="name2">What reports call the second child. The default is the text of <paramref name="work2"/>.</param>
    /// <param name="name3">What reports call the third child. The default is the text of <paramref name="work3"/>.</param>
    /// <param name="name4">What reports call the fourth child. The default is the text of <paramref name="work4"/>.</param>
    /// <param name="name5">What reports call the fifth child. The default is the text of <paramref name="work5"/>.</param>
    /// <param name="name6">What reports call the sixth child. The default is the text of <paramref name="work6"/>.</param>
    /// <inheritdoc
    /// cref="AllAsync{T1, T2}(ITaskGroup, Func{CancellationToken, Task{T1}}, Func{CancellationToken, Task{T2}}, string?, string?)"/>
    public static Task<(T1, T2, T3, T4, T5, T6)> AllAsync<T1, T2, T3, T4, T5, T6>(
        this ITaskGroup group,
        Func<CancellationToken, Task<T1>> work1,
        Func<CancellationToken, Task<T2>> work2,
        Func<CancellationToken, Task<T3>> work3,
        Func<CancellationToken, Task<T4>> work4,
        Func<CancellationToken, Task<T5>> work5,
        Func<CancellationToken, Task<T6>> work6,
        [CallerArgumentExpression(nameof(work1))] string? name1 = null,
        [CallerArgumentExpression(nameof(work2))] string? name2 = null,
        [CallerArgumentExpression(nameof(work3))] string? name3 = null,
        [CallerArgumentExpression(nameof(work4))] string? name4 = null,
        [CallerArgumentExpression(nameof(work5))] string? name5 = null,
        [CallerArgumentExpression(nameof(work6))] string? name6 = null)
    {
        ArgumentNullException.ThrowIfNull(work1);
        ArgumentNullException.ThrowIfNull(work2);
        ArgumentNullException.ThrowIfNull(work3);
        ArgumentNullException.ThrowIfNull(work4);
        ArgumentNullException.ThrowIfNull(work5);
        ArgumentNullException.ThrowIfNull(work6);
        return TaskGroup.RunNested(
            group,
            async all =>
            {
                Task<T1> child1 = all.Run(work1, name1);
                Task<T2> child2 = all.Run(work2, name2);
                Task<T3> child3 = all.Run(work3, name3);
                Task<T4> child4 = all.Run(work4, name4);
                Task<T5> child5 = all.Run(work5, name5);
                Task<T6> child6 = all.Run(work6, name6);
                await Settled([child1, child2, child3, child4, child5, child6]).ConfigureAwait(false);
                return (ValueOf(child1), ValueOf(child2), ValueOf(child3), ValueOf(child4), ValueOf(child5), ValueOf(child6));
            },
            null,
            nameof(AllAsync));
    }
}
