using System.Runtime.CompilerServices;

namespace TaskGroups;

// How a group opens and runs its body. The timeline of a child and of its group:
//
// Run           admit (a hold in GroupState; refused: a canceled task, or an exception)    R2 R3 R4 R40
//               register if tracked, then invoke user code or enqueue                      R8 R16 R26
// task ends     classify (R11) -> record the failure (R15) -> cancel the group (R9)
//               -> unregister -> notify observers -> pass the slot on
//               -> complete the task that was handed out -> release the hold
// last hold     release the registration and the timers (R21) -> decide the outcome (R18)
//               -> complete the group's task -> release the hold of the parent (R7)
public sealed partial class TaskGroup
{
    private readonly string? _name;
    private readonly long _openedAt;
    private readonly GroupState _state;
    private readonly BiasedChildCount? _biased; // of the body's synchronous part, used by other groups afterwards; null without a body
    private ChildRegistry? _registry;
    private IGroupCompletion? _completion;

    private TaskGroup(
        GroupSettings settings,
        TimeSpan? timeout,
        bool hasBody,
        TaskGroup? parent,
        string? name,
        CancellationToken callerToken,
        bool isLimitCallers = false)
    {
        Settings = settings = settings.For(this);

        // Created after the group itself: created before, its word would lie beside the head of the group in one cache line.
        _state = hasBody ? GroupState.OpenBiased : GroupState.Open;

        // Before other code can know the group, and cancel it: the count must be closed by then.
        _biased = hasBody ? BiasedChildCount.Begin(this, settings, _state.Token) : null;
        _name = name;
        _openedAt = settings.Clock.Now;
        if (parent is not null || callerToken.CanBeCanceled || settings.TracksChildren || settings.IsLimited)
        {
            _registry = new ChildRegistry(parent, settings.CreateLimiter());
        }

        settings.Observers?.GroupOpened(this);
        if (parent is not null)
        {
            GroupTree.Add(this, parent);
        }

        if (timeout is { } time && (settings.TimeoutWatch is null || isLimitCallers || time == TimeSpan.Zero))
        {
            StartTimeout(time, isLimitCallers);
        }

        if (callerToken.CanBeCanceled)
        {
            // A registration costs less than a linked source, and is released when the group completes (R21).
            _registry!.CallerRegistration = callerToken.UnsafeRegister(
                static (group, token) => GroupTree.CancelByCaller((TaskGroup)group!, token), this);
        }
    }

    /// <summary>Opens a group whose body is what its opener does until it calls <see cref="CloseAsync"/>.</summary>
    /// <exception cref="InvalidOperationException"><paramref name="parent"/> has completed, or is nested too deep.</exception>
    internal static TaskGroup Open(
        TaskGroupOptions options, TaskGroup? parent = null, HostContext? hostContext = null, CancellationToken callerToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Open(GroupSettings.Read(options, parent?.Settings, hostContext), options.Name, parent, callerToken);
    }

    /// <summary>
    /// Opens a group with settings that were read before: for a host that opens many of the same kind under the same parent.
    /// </summary>
    /// <param name="settings">What was read.</param>
    /// <param name="name">The name.</param>
    /// <param name="parent">The group in which it is nested.</param>
    /// <param name="callerToken">Cancels it.</param>
    /// <param name="timeLeft">What is left of the timeout in the settings; <see langword="null"/>: all of it.</param>
    /// <param name="isLimitCallers">Whether that is left of a deadline of the caller's, in place of the timeout.</param>
    /// <exception cref="InvalidOperationException"><paramref name="parent"/> has completed, or is nested too deep.</exception>
    internal static TaskGroup Open(
        GroupSettings settings,
        string? name,
        TaskGroup? parent,
        CancellationToken callerToken,
        TimeSpan? timeLeft = null,
        bool isLimitCallers = false)
    {
        if (parent is not null)
        {
            GroupTree.TryEnter(parent, name, evenIfEnding: true);
        }

        return new TaskGroup(
            settings, timeLeft ?? settings.Timeout, hasBody: false, parent, name, callerToken, isLimitCallers);
    }

    /// <summary>Says that the body of a group that was opened without one has ended, and joins the group.</summary>
    /// <param name="bodyFailure">What the body ended with, if not normally; classified like the end of a child.</param>
    /// <returns>The group's outcome. Every call gives the same task; only the first call's failure counts.</returns>
    internal Task CloseAsync(Exception? bodyFailure = null)
    {
        var completion = new GroupCompletion();
        if (Interlocked.CompareExchange(ref _completion, completion, null) is { } earlier)
        {
            return earlier.Task;
        }

        OnBodyCompleted(bodyFailure is null ? Task.CompletedTask : VoidResult.FromException(bodyFailure));
        return completion.Task;
    }

    /// <summary>Completes a group if its body was all that held it: for an owner that is the only one to close it.</summary>
    internal bool TryCloseAlone()
    {
        // A failure that canceled the group keeps it from being open; one that did not may still be there.
        if (!OutcomeRules.CancelsGroup(Settings.FailurePolicy, isOfBody: true) || !_state.TryCompleteAlone(isBiased: false))
        {
            return false;
        }

        ReleaseResources();
        ReleaseParent();
        return true;
    }

    /// <summary>Opens a group nested in another, runs its body, joins it.</summary>
    internal static Task RunNested(
        ITaskGroup outer,
        Func<ITaskGroup, Task> body,
        TaskGroupOptions? options,
        string? name,
        CancellationToken callerToken = default) =>
        RunNested(outer, body, options, name, hostContext: null, callerToken);

    /// <summary>The same for a host, which adds what the group stands for.</summary>
    internal static Task RunNested(
        ITaskGroup outer,
        Func<ITaskGroup, Task> body,
        TaskGroupOptions? options,
        string? name,
        HostContext? hostContext,
        CancellationToken callerToken)
    {
        using GroupHold hold = Hold(outer);
        TaskGroup parent = hold.Group;
        return RunNew<Task, VoidResult>(
            body, parent, GroupSettings.Read(options, parent.Settings, hostContext), options?.Name ?? name, callerToken);
    }

    /// <inheritdoc cref="RunNested(ITaskGroup, Func{ITaskGroup, Task}, TaskGroupOptions?, string?, CancellationToken)"/>
    internal static Task<TResult> RunNested<TResult>(
        ITaskGroup outer,
        Func<ITaskGroup, Task<TResult>> body,
        TaskGroupOptions? options,
        string? name,
        CancellationToken callerToken = default)
    {
        using GroupHold hold = Hold(outer);
        TaskGroup parent = hold.Group;
        return RunNew<Task<TResult>, ValueResult<TResult>>(
            body, parent, GroupSettings.Read(options, parent.Settings), options?.Name ?? name, callerToken);
    }

    /// <summary>Opens a group, runs its body, joins it.</summary>
    private static TTask RunNew<TTask, TKind>(
        Func<ITaskGroup, TTask> body, TaskGroup? parent, GroupSettings settings, string? name, CancellationToken callerToken = default)
        where TTask : Task
        where TKind : struct, IResultKind<TTask>
    {
        if (parent is not null && !GroupTree.TryEnter(parent, name, evenIfEnding: false))
        {
            return TKind.FromException(parent.CanceledException());
        }

        if (callerToken.IsCancellationRequested)
        {
            parent?.Release();
            return TKind.FromException(ErrorMessages.CanceledBeforeOpening(name, callerToken));
        }

        ExecutionContext? before = settings.Observers is null ? null : ExecutionContext.Capture();
        var group = new TaskGroup(settings, settings.Timeout, hasBody: true, parent, name, callerToken);
        TTask outcome = group.JoinBody<TTask, TKind>(group.InvokeBody<TTask, TKind>(body, parent));
        DelegateInvoker.RestoreContext(before); // what observers set when the group opened is the body's alone
        return outcome;
    }

    private TTask InvokeBody<TTask, TKind>(Func<ITaskGroup, TTask> body, TaskGroup? parent)
        where TTask : Task
        where TKind : struct, IResultKind<TTask>
    {
        if (Settings.Timeout == TimeSpan.Zero)
        {
            return TKind.FromException(new OperationCanceledException(CancellationToken));
        }

        // Where children inherit nothing of the code that starts them, neither do nested bodies, nor what those start.
        var work = new BodyWork<TTask, TKind>(body, this);
        Task task = parent is null || parent.HostContext.FlowsContext
            ? DelegateInvoker.InvokeBody(this, work)
            : DelegateInvoker.InvokeBodyIsolated(this, work);

        // A body returns what its kind of work returns; a checked cast to a type parameter would cost a tenth of an empty group.
        return Unsafe.As<TTask>(task);
    }

    private TTask JoinBody<TTask, TKind>(TTask body)
        where TTask : Task
        where TKind : struct, IResultKind<TTask>
    {
        BiasedChildCount biased = _biased!;
        if (body.IsCompletedSuccessfully && biased.Count == 0 && _state.TryCompleteAlone(isBiased: true))
        {
            biased.Exit();
            return CompleteAlone<TTask, TKind>(body);
        }

        _state.Merge(biased.Count);
        biased.Exit();
        (_completion, TTask task) = TKind.CreateCompletion(body);
        if (body.IsCompleted)
        {
            OnBodyCompleted(body);
        }
        else
        {
            ChildRecord.WatchBody(body, this);
        }

        return task;
    }
}
