using System.Runtime.CompilerServices;

namespace TaskGroups;

// A race whose contenders are written one by one: each has a name.
public static partial class TaskGroupExtensions
{
    /// <summary>Starts two delegates together and yields the first success; the other is canceled and waited for.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work1">The first contender.</param>
    /// <param name="work2">The second contender.</param>
    /// <param name="name1">What reports call the first contender. The default is the text of <paramref name="work1"/>.</param>
    /// <param name="name2">What reports call the second contender. The default is the text of <paramref name="work2"/>.</param>
    /// <returns>
    /// <inheritdoc cref="RaceAsync{T}(ITaskGroup, IEnumerable{Func{CancellationToken, Task{T}}})" path="/returns/node()"/>
    /// </returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>. Nothing has been started.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> is not a group of this library.</exception>
    /// <exception cref="OperationCanceledException">
    /// No contender succeeded: the group around was canceled before all had failed, or all contenders obeyed
    /// <see cref="ITaskGroup.Stop"/>. In the returned task.
    /// </exception>
    /// <exception cref="InvalidOperationException">The outer group has completed, or groups are nested more than 128 levels
    /// deep.</exception>
    public static Task<T> RaceAsync<T>(
        this ITaskGroup group,
        Func<CancellationToken, Task<T>> work1,
        Func<CancellationToken, Task<T>> work2,
        [CallerArgumentExpression(nameof(work1))] string? name1 = null,
        [CallerArgumentExpression(nameof(work2))] string? name2 = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work1);
        ArgumentNullException.ThrowIfNull(work2);
        return RunRaceAsync(group, disposeLosers: true, (work1, name1), (work2, name2));
    }

    /// <summary>Starts three delegates together and yields the first success; the others are canceled and waited for.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="group">The group that waits for all of it.</param>
    /// <param name="work1">The first contender.</param>
    /// <param name="work2">The second contender.</param>
    /// <param name="work3">The third contender.</param>
    /// <param name="name1">What reports call the first contender. The default is the text of <paramref name="work1"/>.</param>
    /// <param name="name2">What reports call the second contender. The default is the text of <paramref name="work2"/>.</param>
    /// <param name="name3">What reports call the third contender. The default is the text of <paramref name="work3"/>.</param>
    /// <returns>
    /// <inheritdoc cref="RaceAsync{T}(ITaskGroup, IEnumerable{Func{CancellationToken, Task{T}}})" path="/returns/node()"/>
    /// </returns>
    /// <inheritdoc
    /// cref="RaceAsync{T}(ITaskGroup, Func{CancellationToken, Task{T}}, Func{CancellationToken, Task{T}}, string?, string?)"
    /// path="/exception"/>
    public static Task<T> RaceAsync<T>(
        this ITaskGroup group,
        Func<CancellationToken, Task<T>> work1,
        Func<CancellationToken, Task<T>> work2,
        Func<CancellationToken, Task<T>> work3,
        [CallerArgumentExpression(nameof(work1))] string? name1 = null,
        [CallerArgumentExpression(nameof(work2))] string? name2 = null,
        [CallerArgumentExpression(nameof(work3))] string? name3 = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work1);
        ArgumentNullException.ThrowIfNull(work2);
        ArgumentNullException.ThrowIfNull(work3);
        return RunRaceAsync(group, disposeLosers: true, (work1, name1), (work2, name2), (work3, name3));
    }
}
