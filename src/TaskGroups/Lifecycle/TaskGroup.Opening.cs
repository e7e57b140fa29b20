using System.Runtime.CompilerServices;

namespace TaskGroups;

// How a group opens: by RunAsync, or by a host.
public sealed partial class TaskGroup
{
    private readonly string? _name;
    private readonly long _openedAt;
    private readonly GroupState _state;
    private readonly Opening? _opening; // the first part of the body, used by others afterwards; null without a body
    private ChildRegistry? _registry;

    private TaskGroup(
        GroupSettings settings, TimeSpan? timeout, bool hasBody, TaskGroup? parent, string? name, CancellationToken callerToken)
    {
        Settings = settings;

        // Made here, after the group itself: made before, its word would lie beside the head of the group in memory, in one cache line.
        _state = hasBody ? GroupState.OpenWithLoan : GroupState.Open;

        // Before anybody else can know the group, and cancel it: the loan must not be open then.
        _opening = hasBody ? Opening.Begin(this) : null;
        _name = name;
        _openedAt = settings.Clock.Now;
        if (parent is not null || callerToken.CanBeCanceled || settings.TracksChildren)
        {
            _registry = new ChildRegistry(parent);
        }

        if (settings.MaxConcurrency is not null)
        {
            GetOrCreateContingent(); // with the slots
        }

        settings.Observers?.GroupOpened(this);
        if (parent is not null)
        {
            var entry = Member.Of(Name, this);
            _registry!.ParentEntry = entry;
            parent.GetOrCreateRegistry().Add(entry);
            FollowParent(parent);
        }

        if (timeout is { } time)
        {
            if (time == TimeSpan.Zero)
            {
                End(CancellationReason.TimedOut); // at once: a timer would let the body begin
            }
            else
            {
                StartTimeout(time);
            }
        }

        if (callerToken.CanBeCanceled)
        {
            // An own source and a registration cost less than a linked source, and the registration goes when the group completes (R21).
            _registry!.Caller = callerToken.UnsafeRegister(
                static (group, token) => ((TaskGroup)group!).EndWithCaller(token), this);
        }
    }

    private void StartTimeout(TimeSpan timeout)
    {
        try
        {
            GetOrCreateContingent().TimeoutTimer = Settings.Clock.Provider.CreateTimer(
                static group => ((TaskGroup)group!).End(CancellationReason.TimedOut), this, timeout, Timeout.InfiniteTimeSpan);
        }
        catch
        {
            // A time provider of the user's that gives no timers. The exception goes on to the opener; the group ends, or its parent would
            // wait for it
            // for ever.
            if (_opening is not null)
            {
                _state.Repay(0);
                _opening.End();
            }

            _join = new GroupCompletion();
            Leave();
            throw;
        }
    }

    internal GroupSettings Settings { get; }

    internal HostContext HostContext => Settings.HostContext;

    /// <summary>What the group throws if its timeout cut it short; there from the cancellation to the join.</summary>
    internal TimeoutException? TimeoutFailure => Contingent?.Timeout;

    internal TaskGroup? Parent => Registry?.Parent;

    /// <summary>What a host opened the group for. Set once, before anything else uses the group.</summary>
    internal object? Owner
    {
        get => Registry?.Owner;
        set => GetOrCreateRegistry().Owner = value;
    }

    internal ConcurrencyLimiter? Limiter => Contingent?.Limiter;

    internal bool IsCompleted => _state.IsCompleted;

    internal bool IsEnding => _state.IsEnding;

    /// <summary>
    /// Whether the group is ending, without a look at its state while nobody has tried to end it: whoever does makes its extras first.
    /// </summary>
    internal bool HasBeenEnded => Contingent is not null && IsEnding;

    internal bool IsCutShort => _state.IsCutShort;

    internal bool IsStopped => Contingent is { IsStopped: true };

    internal int WaitingCount => Counts.Waiting;

    internal int RunningCount => Counts.Running;

    /// <summary>How many children run and how many wait for a slot, at one moment.</summary>
    internal (int Running, int Waiting) Counts => Limiter?.Counts ?? (CountChildren(), 0);

    internal long Id => GetOrCreateContingent().Id;

    internal long OpenedAt => _openedAt;

    internal TimeSpan Elapsed => Settings.Clock.Since(_openedAt);

    internal ChildRegistry? Registry => Volatile.Read(ref _registry);

    private ChildRegistry GetOrCreateRegistry() =>
        Registry ?? Interlocked.CompareExchange(ref _registry, new ChildRegistry(null), null) ?? _registry;

    internal ContingentState? Contingent => Registry?.Contingent;

    private ContingentState GetOrCreateContingent() => GetOrCreateRegistry().GetOrCreateContingent(Settings);

    /// <summary>Finds the group behind an <see cref="ITaskGroup"/>.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="group"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="group"/> is an implementation of somebody else.</exception>
    internal static TaskGroup From(ITaskGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return group as TaskGroup ?? (group as ITaskGroupWrapper)?.Group ?? throw new ArgumentException(
            $"Groups can be nested only in a group from TaskGroup.RunAsync or from dependency injection, not in a {group.GetType()}. "
            + "In tests, use a real one: TaskGroup.RunAsync(group => ...).",
            nameof(group));
    }

    /// <summary>Opens a group whose body is whatever its opener does until it calls <see cref="CloseAsync"/>.</summary>
    /// <exception cref="InvalidOperationException"><paramref name="parent"/> has completed, or is nested too deep.</exception>
    internal static TaskGroup Open(
        TaskGroupOptions options, TaskGroup? parent = null, HostContext? origin = null, CancellationToken callerToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Open(GroupSettings.Read(options, parent?.Settings, origin), options.Name, parent, callerToken);
    }

    /// <summary>
    /// Opens a group with settings that were read before: for a host that opens many of the same kind under the same parent.
    /// </summary>
    /// <param name="settings">What was read.</param>
    /// <param name="name">The name.</param>
    /// <param name="parent">The group in which it is nested.</param>
    /// <param name="callerToken">Cancels it.</param>
    /// <param name="timeLeft">What is left of the timeout in the settings; <see langword="null"/>: all of it.</param>
    /// <exception cref="InvalidOperationException"><paramref name="parent"/> has completed, or is nested too deep.</exception>
    internal static TaskGroup Open(
        GroupSettings settings, string? name, TaskGroup? parent, CancellationToken callerToken, TimeSpan? timeLeft = null)
    {
        parent?.EnterNested(name, evenIfEnding: true);
        return new TaskGroup(settings, timeLeft ?? settings.Timeout, hasBody: false, parent, name, callerToken);
    }

    /// <summary>Opens a group, runs its body, joins it.</summary>
    private static TTask RunNew<TTask, TShape, TCompletion>(
        Func<ITaskGroup, TTask> body, TaskGroup? parent, GroupSettings settings, string? name, CancellationToken callerToken = default)
        where TTask : Task
        where TShape : struct, IResultKind<TTask>
        where TCompletion : class, IGroupCompletion<TTask, TCompletion>
    {
        if (parent is not null && !parent.EnterNested(name, evenIfEnding: false))
        {
            return TShape.FromException(new OperationCanceledException(parent.CancellationToken));
        }

        if (callerToken.IsCancellationRequested)
        {
            parent?.Leave();
            return TShape.FromException(new OperationCanceledException(callerToken));
        }

        ExecutionContext? before = settings.Observers is null ? null : ExecutionContext.Capture();
        var group = new TaskGroup(settings, settings.Timeout, hasBody: true, parent, name, callerToken);

        // What a body returns is what its kind of work returns; a checked cast to a type parameter would cost a tenth of an empty group.
        TTask task = settings.Timeout == TimeSpan.Zero
            ? TShape.FromException(new OperationCanceledException(group.CancellationToken))
            : Unsafe.As<TTask>(group.InvokeBody(new BodyWork<TTask, TShape>(body, group), parent));
        TTask outcome = group.JoinBody<TTask, TCompletion>(task, group._opening!);
        RestoreFlow(before); // what observers set when they heard of the group is the body's alone
        return outcome;
    }

    private int CountChildren()
    {
        while (true)
        {
            (int count, bool hasLoan) = _state.CountChildren();
            if (!hasLoan)
            {
                return count;
            }

            int borrowed = _opening!.Borrowed; // who has a loan has an opening
            if (_opening.IsOf(this))
            {
                return Math.Max(0, count + borrowed);
            }

            // The first part has ended just now, so its loan has been repaid: look again. Only a race comes here.
        }
    }
}
