using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>
/// Opens scopes of concurrent work: what runs in a group has ended before the group completes.
/// </summary>
/// <remarks>
/// <para>
/// There is no public constructor. A group lives exactly as long as the call of
/// <see cref="RunAsync(Func{ITaskGroup, Task}, CancellationToken, string?)"/> that opened it.
/// </para>
/// <para>A group moves through three states, never back:</para>
/// <list type="table">
/// <listheader><term>State</term><description>Meaning</description></listheader>
/// <item><term>open</term><description>
/// The body or a child runs. <see cref="ITaskGroup.Run(Func{CancellationToken, Task}, string?)"/> starts children.
/// </description></item>
/// <item><term>ending</term><description>
/// Something canceled the group, see <see cref="CancellationReason"/>. Running children are waited for; new ones are not invoked.
/// </description></item>
/// <item><term>completed</term><description>
/// Nothing runs any more. <see cref="ITaskGroup.Run(Func{CancellationToken, Task}, string?)"/> throws.
/// </description></item>
/// </list>
/// <para>
/// Cancellation is cooperative: a child that ignores its token keeps the group, and with it the caller, waiting without limit.
/// Callbacks registered on the group's token are waited for as well. All members may be called from any thread at any time.
/// </para>
/// <para>
/// The shape is that of the nurseries of trio and of Python's <c>asyncio.TaskGroup</c>; failures come out the way
/// <see cref="Task.WhenAll(Task[])"/> gives them.
/// </para>
/// </remarks>
/// <example>
/// Both requests run at once. If one fails, the other is canceled, and its failure is thrown after both have ended.
/// <code>
/// await TaskGroup.RunAsync(async group =>
/// {
///     Task&lt;Price&gt; price = group.Run(ct => prices.GetAsync(id, ct));
///     Task&lt;Stock&gt; stock = group.Run(ct => stocks.GetAsync(id, ct));
///     Show(await price, await stock);
/// }, cancellationToken);
/// </code>
/// </example>
[DebuggerDisplay("{Name,nq}: {_state.Reason}, {Counts.Running} children")]
public sealed partial class TaskGroup : IObservedGroup, ICompletionListener
{
    /// <inheritdoc/>
    public string Name => DisplayName.ForGroup(_name);

    /// <inheritdoc/>
    public CancellationToken CancellationToken => _state.Token;

    /// <inheritdoc/>
    public CancellationToken StoppingToken => GetOrCreateContingent().GetOrCreateStopping().Token;

    /// <inheritdoc/>
    public CancellationReason CancellationReason => _state.Reason;

    internal GroupSettings Settings { get; }

    internal HostContext HostContext => Settings.HostContext;

    internal GroupState State => _state;

    /// <summary>What the group throws if its timeout cut it short; there from the cancellation to the join.</summary>
    internal TimeoutException? TimeoutFailure => Contingent?.Timeout;

    internal TaskGroup? Parent => Registry?.Parent;

    /// <summary>Whether a delegate opened the group; otherwise its opener is its body.</summary>
    internal bool HasBody => _biased is not null;

    internal ConcurrencyLimiter? Limiter => Registry?.Limiter;

    internal bool IsCompleted => _state.IsCompleted;

    internal bool IsEnding => _state.IsEnding;

    /// <summary>
    /// Like <see cref="IsEnding"/>, but does not read the contended state of a group that was never canceled: its
    /// <see cref="ContingentState"/> is created before a cancellation is published.
    /// </summary>
    internal bool HasBeenCanceled => Contingent is not null && IsEnding;

    internal bool IsCutShort => _state.IsCutShort;

    internal bool IsStopped => Contingent is { IsStopped: true };

    /// <summary>Whether an await of the group will throw failures. Known until the task of a completed group has been completed.</summary>
    internal bool HasFailures => Contingent?.Failures is not null;

    internal int WaitingCount => Counts.Waiting;

    internal int RunningCount => Counts.Running;

    /// <summary>How many children run and how many wait for a slot, at one moment.</summary>
    internal (int Running, int Waiting) Counts
    {
        get
        {
            if (Limiter is { IsShared: false } limiter)
            {
                return limiter.Counts;
            }

            int waiting = Limiter?.CountWaiting(this) ?? 0;
            return (Math.Max(0, CountChildren() - waiting), waiting);
        }
    }

    internal long Id => GetOrCreateContingent().Id;

    internal long OpenedAt => _openedAt;

    internal TimeSpan Elapsed => Settings.Clock.Since(_openedAt);

    GroupSettings IObservedGroup.Settings => Settings;

    TimeSpan IObservedGroup.Elapsed => Elapsed;

    /// <summary>What a host opened the group for. Set once, before anything else uses the group.</summary>
    internal object? Owner
    {
        get => Registry?.Owner;
        set => GetOrCreateRegistry().Owner = value;
    }

    /// <summary>The live children, the parent and the limit; <see langword="null"/> while the group needs none of them.</summary>
    internal ChildRegistry? Registry => Volatile.Read(ref _registry);

    /// <summary>State that few groups need; <see langword="null"/> while this one does not.</summary>
    internal ContingentState? Contingent => Registry?.Contingent;

    /// <inheritdoc/>
    public TimeSpan? RemainingTime => EarliestLimit?.Left;

    /// <summary>Whether the group's time limit is a deadline that its caller set, not the timeout in its settings.</summary>
    internal bool HasCallersDeadline => Contingent is { IsLimitCallers: true };

    /// <summary>What messages call the group's time limit.</summary>
    internal string WordOfLimit => HasCallersDeadline ? "caller's deadline" : "timeout";

    /// <summary>The limit that ends this group first, and whose limit it is; <see langword="null"/>: none up the tree.</summary>
    internal (TimeSpan Left, TaskGroup Group)? EarliestLimit
    {
        get
        {
            (TimeSpan Left, TaskGroup Group)? earliest = null;
            for (TaskGroup? group = this; group is not null; group = group.Parent)
            {
                // A watched group that has a limit of its own is under its caller's deadline, which is the shorter one.
                TimeSpan? own = group.Contingent?.TimeLimit is { } limit
                    ? limit - group.Elapsed
                    : group.Settings.TimeoutWatch?.LeftOf(group);
                if (own is { } left)
                {
                    left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
                    earliest = earliest?.Left < left ? earliest : (left, group);
                }
            }

            return earliest;
        }
    }

    /// <summary>Opens a group, runs <paramref name="body"/> in it, and waits for every child.</summary>
    /// <param name="body">
    /// The first child. It usually starts others; it need not wait for them. Its part before the first <see langword="await"/> runs on the
    /// caller's thread. It is not invoked if <paramref name="cancellationToken"/> has fired already.
    /// </param>
    /// <param name="cancellationToken">Cancels the group.</param>
    /// <param name="caller">Names the group; filled in by the compiler with the name of the calling member.</param>
    /// <returns>
    /// A task that completes after the last child, never before. If children failed, its <see cref="Task.Exception"/> holds every failure
    /// in
    /// order of completion, and awaiting it throws the first, as the object that was thrown.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is <see langword="null"/>. Thrown at once.</exception>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> cut work short and nothing failed. The exception carries that token. In the returned task.
    /// </exception>
    public static Task RunAsync(
        Func<ITaskGroup, Task> body, CancellationToken cancellationToken = default, [CallerMemberName] string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return RunNew<Task, VoidResult>(body, null, GroupSettings.Default, caller, cancellationToken);
    }

    /// <summary>Opens a group with options, runs <paramref name="body"/> in it, and waits for every child.</summary>
    /// <param name="body">
    /// <inheritdoc cref="RunAsync(Func{ITaskGroup, Task}, CancellationToken, string?)" path="/param[@name='body']"/> Nor is it if
    /// <see cref="TaskGroupOptions.Timeout"/> is zero.
    /// </param>
    /// <param name="options">Read once, now.</param>
    /// <param name="cancellationToken">Cancels the group.</param>
    /// <param name="caller">Names the group unless <paramref name="options"/> do; filled in by the compiler.</param>
    /// <returns><inheritdoc cref="RunAsync(Func{ITaskGroup, Task}, CancellationToken, string?)" path="/returns"/></returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>. Thrown at once.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the message names it. Thrown at once.</exception>
    /// <exception cref="ArgumentException">
    /// <see cref="TaskGroupOptions.MaxWaiting"/> is set without <see cref="TaskGroupOptions.MaxConcurrency"/>. Thrown at once.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> cut work short and nothing failed. The exception carries that token. In the returned task.
    /// </exception>
    /// <exception cref="TimeoutException">
    /// The timeout cut work short and nothing failed. The message names the group and the children that still ran. In the returned task.
    /// </exception>
    public static Task RunAsync(
        Func<ITaskGroup, Task> body,
        TaskGroupOptions options,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(options);
        return RunNew<Task, VoidResult>(
            body, null, GroupSettings.Read(options, null), options.Name ?? caller, cancellationToken);
    }

    /// <summary>Opens a group, runs <paramref name="body"/> in it, waits for every child, and yields the body's value.</summary>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> cut work short and nothing failed; or the body ended without a value because
    /// <see cref="ITaskGroup.Cancel"/> or <see cref="ITaskGroup.Stop"/> was called, and the exception carries the group's own token. In the
    /// returned task.
    /// </exception>
    /// <inheritdoc cref="RunAsync(Func{ITaskGroup, Task}, CancellationToken, string?)"/>
    public static Task<TResult> RunAsync<TResult>(
        Func<ITaskGroup, Task<TResult>> body, CancellationToken cancellationToken = default, [CallerMemberName] string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return RunNew<Task<TResult>, ValueResult<TResult>>(
            body, null, GroupSettings.Default, caller, cancellationToken);
    }

    /// <summary>
    /// Opens a group with options, runs <paramref name="body"/> in it, waits for every child, and yields the body's value.
    /// </summary>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> cut work short and nothing failed; or the body ended without a value because
    /// <see cref="ITaskGroup.Cancel"/> or <see cref="ITaskGroup.Stop"/> was called, and the exception carries the group's own token. In the
    /// returned task.
    /// </exception>
    /// <inheritdoc cref="RunAsync(Func{ITaskGroup, Task}, TaskGroupOptions, CancellationToken, string?)"/>
    public static Task<TResult> RunAsync<TResult>(
        Func<ITaskGroup, Task<TResult>> body,
        TaskGroupOptions options,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string? caller = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(options);
        return RunNew<Task<TResult>, ValueResult<TResult>>(
            body, null, GroupSettings.Read(options, null), options.Name ?? caller, cancellationToken);
    }

    /// <inheritdoc/>
    public Task Run(Func<CancellationToken, Task> work, [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Start(new ChildWork(work), name);
    }

    /// <inheritdoc/>
    public Task<TResult> Run<TResult>(
        Func<CancellationToken, Task<TResult>> work, [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return (Task<TResult>)Start(new ChildWork<TResult>(work), name);
    }

    /// <inheritdoc/>
    public Task Run<TState>(
        Func<TState, CancellationToken, Task> work, TState state, [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Start(new StatefulChildWork<TState>(work, state), name);
    }

    /// <inheritdoc/>
    public Task<TResult> Run<TState, TResult>(
        Func<TState, CancellationToken, Task<TResult>> work, TState state, [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return (Task<TResult>)Start(new StatefulChildWork<TState, TResult>(work, state), name);
    }

    /// <inheritdoc/>
    public bool TryRun(Func<CancellationToken, Task> work, [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return TryStart(new ChildWork(work), name);
    }

    /// <inheritdoc/>
    public void Stop() => GroupTree.Stop(this);

    /// <inheritdoc/>
    public void Cancel()
    {
        if (!GroupTree.Cancel(this, CancellationReason.Requested))
        {
            FireSignals(); // another call is canceling the group, and may not have come so far (R22)
        }
    }

    /// <inheritdoc/>
    public TaskGroupSnapshot GetSnapshot() => SnapshotBuilder.Take(this);

    /// <summary>Finds the group behind an <see cref="ITaskGroup"/>.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="group"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> is no group of this library.</exception>
    internal static TaskGroup From(ITaskGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return group as TaskGroup ?? (group as ITaskGroupWrapper)?.Group ?? throw ErrorMessages.IsForeign(group, nameof(group));
    }

    /// <summary>Finds the group behind an <see cref="ITaskGroup"/>, for a group that is about to be nested in it.</summary>
    /// <inheritdoc cref="From" path="/exception"/>
    internal static GroupHold Hold(ITaskGroup group) =>
        group is ITaskGroupWrapper wrapper ? wrapper.HoldGroup() : new GroupHold(From(group), isHeld: false);

    /// <summary>Copies the live children and nested groups.</summary>
    internal List<ChildEntry> CopyEntries() => Registry?.CopyEntries() ?? [];

    internal ChildRegistry GetOrCreateRegistry() =>
        Registry ?? Interlocked.CompareExchange(ref _registry, new ChildRegistry(null, null), null) ?? _registry;

    internal ContingentState GetOrCreateContingent() => GetOrCreateRegistry().GetOrCreateContingent();

    private int CountChildren()
    {
        while (true)
        {
            (int count, bool isBiased) = _state.CountChildren();
            if (!isBiased)
            {
                return count;
            }

            int biased = _biased!.Count; // a biased state has such a count
            if (_biased.IsOf(this))
            {
                return Math.Max(0, count + biased);
            }

            // The body's synchronous part has ended just now, so its count has been merged: read again. Only a race comes here.
        }
    }
}
