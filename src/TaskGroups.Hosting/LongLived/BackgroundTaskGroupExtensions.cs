using System.Runtime.CompilerServices;
using Polly;

namespace TaskGroups.Hosting;

/// <summary>Starts background children that live as long as the application.</summary>
public static class BackgroundTaskGroupExtensions
{
    // What a timer can count.
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromMilliseconds(4_294_967_294);

    /// <summary>Starts a child as soon as there is room for it: for work that must neither be refused nor flood the group.</summary>
    /// <param name="group">A background group from dependency injection.</param>
    /// <param name="work">The work of the child.</param>
    /// <param name="cancellationToken">Ends the wait for room. It has no effect on the child.</param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns>
    /// A task that completes when the group has accepted the child: it runs, or waits for a slot. The child's own outcome is the group's to
    /// report.
    /// </returns>
    /// <remarks>
    /// There is room while fewer than <see cref="BackgroundTaskGroupOptions.MaxWaiting"/> children wait for a slot; without that limit
    /// there always is. Callers are served in the order in which they came, and before a later <c>Run</c>, which is refused while they
    /// wait.
    /// </remarks>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="group"/> or <paramref name="work"/> is <see langword="null"/>. Thrown at once.
    /// </exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> does not come from dependency injection. Thrown at once.</exception>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> fired before there was room. In the returned task; the work is not started.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The drain has begun: thrown at once, or in the returned task if it begins during the wait. The work is not started.
    /// </exception>
    public static ValueTask EnqueueAsync(
        this IBackgroundTaskGroup group,
        Func<CancellationToken, Task> work,
        CancellationToken cancellationToken = default,
        [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work);
        return BackgroundTaskGroup.From(group).EnqueueAsync(work, name, cancellationToken);
    }

    /// <summary>Starts a child that lives as long as the application, and is started again by a resilience pipeline when it ends.</summary>
    /// <param name="group">A background group from dependency injection.</param>
    /// <param name="restart">
    /// Decides whether and when the work is started again, for example a retry with a growing delay. It sees an end without exception as
    /// <see cref="SupervisedWorkEndedException"/>, which its <c>ShouldHandle</c> must accept. It must not run the work twice at once, as
    /// hedging does.
    /// </param>
    /// <param name="work">
    /// The work. Its token fires when the pipeline gives this run up, and when the group is canceled. It watches
    /// <see cref="ITaskGroup.StoppingToken"/> to end early at shutdown.
    /// </param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns>The child's outcome: an end that was not restarted. It need not be awaited.</returns>
    /// <remarks>
    /// <para>
    /// A run of over one minute counts as a success of the pipeline: what ended it is the first failure of a fresh execution, so that
    /// five crashes in a year are not five in a row. Between the end of a run and the next start lie at least 100 milliseconds.
    /// </para>
    /// <para>
    /// The first three ends are logged as warnings, then at most one a minute. An end after <see cref="ITaskGroup.StoppingToken"/> has
    /// fired is not restarted, and neither is work whose group was canceled. When the pipeline gives up, the child has failed with the
    /// last exception: see <see cref="BackgroundTaskGroupOptions.FailureBehavior"/>.
    /// </para>
    /// <para>The child takes a slot of <see cref="BackgroundTaskGroupOptions.MaxConcurrency"/> for as long as it lives.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="name"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> does not come from dependency injection.</exception>
    /// <exception cref="InvalidOperationException">The drain has begun.</exception>
    /// <exception cref="TaskGroupFullException">The group takes no more waiting children.</exception>
    public static Task Supervise(
        this IBackgroundTaskGroup group,
        ResiliencePipeline restart,
        Func<CancellationToken, Task> work,
        [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(restart);
        ArgumentNullException.ThrowIfNull(work);
        return BackgroundTaskGroup.From(group).Supervise(restart, (_, cancellationToken) => work(cancellationToken), name);
    }

    /// <summary>Starts a child that does its work again and again, at a fixed period, without overlap.</summary>
    /// <param name="group">A background group from dependency injection.</param>
    /// <param name="period">
    /// The time from one turn to the next, by the application's <see cref="TimeProvider"/>: 1 to 4,294,967,294 milliseconds. A turn that
    /// takes longer delays the next one; turns that were missed are not made up for.
    /// </param>
    /// <param name="work">One turn.</param>
    /// <param name="runAtOnce">Whether the first turn comes at once instead of after one period.</param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns>The child's outcome. It need not be awaited.</returns>
    /// <remarks>
    /// A turn that fails is logged as an error, and the next one comes; the child does not fail, and the host is not stopped. When
    /// <see cref="ITaskGroup.StoppingToken"/> fires, the turn under way ends by itself, and no other follows; the drain waits for it as for
    /// any child.
    /// </remarks>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="group"/> or <paramref name="work"/> is <see langword="null"/>.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="period"/> is out of its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> does not come from dependency injection.</exception>
    /// <exception cref="InvalidOperationException">The drain has begun.</exception>
    /// <exception cref="TaskGroupFullException">The group takes no more waiting children.</exception>
    public static Task RunPeriodic(
        this IBackgroundTaskGroup group,
        TimeSpan period,
        Func<CancellationToken, Task> work,
        bool runAtOnce = false,
        [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work);
        if (period < TimeSpan.FromMilliseconds(1) || period > LongestPeriod)
        {
            throw new ArgumentOutOfRangeException(
                nameof(period),
                period,
                "The period must lie between 1 and 4,294,967,294 milliseconds (about 49.7 days), for example TimeSpan.FromMinutes(5).");
        }

        return BackgroundTaskGroup.From(group).RunPeriodic(period, work, runAtOnce, name);
    }
}
