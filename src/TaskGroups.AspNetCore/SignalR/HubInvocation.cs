using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// The <see cref="ITaskGroup"/> of one invocation of a hub: a scoped service, injected when the hub is created, before the filter knows
/// which method is invoked.
/// </summary>
/// <remarks>
/// May be used from any thread.
/// <list type="table">
/// <listheader><term><c>_current</c></term><description>Meaning</description></listheader>
/// <item><term><see langword="null"/></term><description>The hub has been created, and the filter has not run: every use is an
/// error.</description></item>
/// <item><term>a <see cref="HubCall"/></term><description>The method may run. The next use opens a group.</description></item>
/// <item><term>a <see cref="TaskGroup"/></term><description>In use, or joined: then it refuses children. The scope owns it until the filter
/// or the stream joins it.</description></item>
/// <item><term><see cref="Ended"/></term><description>The invocation has ended without a group. The next use finds one that
/// refuses.</description></item>
/// </list>
/// </remarks>
internal sealed class HubInvocation(HubGroups hubs, IServiceProvider scope) : TaskGroupFacade, IScopeOwner
{
    private static readonly object Ended = new();

    private object? _current;
    private HubCall? _call;
    private bool _isJoined;

    /// <summary>The current group, opened if there is none.</summary>
    public override TaskGroup Group => Volatile.Read(ref _current) as TaskGroup ?? GetOrOpen();

    IServiceProvider? IScopeOwner.Scope => scope;

    /// <summary>What is invoked. There from <see cref="Begin"/> on.</summary>
    public HubCall Call => _call!;

    /// <summary>Says that the method may run now.</summary>
    /// <exception cref="InvalidOperationException">The hub was given another group when it was created.</exception>
    public void Begin(HubCall call)
    {
        if (!scope.GetRequiredService<ScopedGroupHolder>().TryServe(this)
            || scope.GetRequiredService<ScopedTaskGroup>().Take() is not null)
        {
            throw new InvalidOperationException(
                $"The hub of '{call.Method.Name}' has an ITaskGroup that is not that of its invocation: an IHubActivator of the "
                    + "application creates the hub, and asked for the group first. Take ITaskGroup as a parameter of the hub's method, or "
                    + "leave the creation of hubs to AddSignalR().AddTaskGroups().");
        }

        _call = call;
        Volatile.Write(ref _current, call);
    }

    /// <summary>Makes the token of the stream that the method has returned the one that says that the client has gone.</summary>
    /// <remarks>It fires with the connection's token, and when the client ends the stream.</remarks>
    public CancellationTokenRegistration Follow(CancellationToken stream)
    {
        TaskGroup group = Group;
        _call = Call with { Aborted = stream };
        return stream.UnsafeRegister(static group => ((TaskGroup)group!).Cancel(CancellationReason.CallerCanceled), group);
    }

    /// <summary>Joins the group, if there is one: the invocation ends.</summary>
    /// <param name="failure">What the method, or its stream, ended with; <see langword="null"/> if normally.</param>
    /// <exception cref="Exception">What the client is to be told of.</exception>
    public async ValueTask EndAsync(Exception? failure)
    {
        if (Interlocked.CompareExchange(ref _current, Ended, _call) is not TaskGroup group)
        {
            hubs.Responder.Respond(Call, null, failure);
            return;
        }

        Volatile.Write(ref _isJoined, true);
        scope.GetRequiredService<ScopedTaskGroup>().Take();
        if (failure is not null || !group.TryCloseAlone())
        {
            Task join = group.CloseAsync(failure);
            await join.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            failure = RequestTaskGroup.FailureOf(join) is { } outcome
                ? EndingClassifier.Decide(group, outcome, hubs.Observer, Call.Aborted)
                : failure;
        }

        if (failure is null && group.CancellationReason == CancellationReason.TimedOut)
        {
            hubs.Responder.RespondLate(Call, hubs.Observer.TimeoutOf(group));
        }
        else
        {
            hubs.Responder.Respond(Call, group, failure);
        }
    }

    private TaskGroup GetOrOpen()
    {
        while (true)
        {
            object? seen = Volatile.Read(ref _current);
            switch (seen)
            {
                case TaskGroup group:
                    return group;

                case null:
                    throw new InvalidOperationException(
                        "The task group of a hub's invocation was used before its method was invoked: in the constructor of the hub, by an "
                            + "authorization handler, or by a hub filter that was added before AddTaskGroups(). Use it in the method, or "
                            + "add the filter afterwards.");

                default:
                    TaskGroup opened = seen is HubCall call ? hubs.Open(call, this) : HubGroups.OpenEnded(Call);
                    if (ReferenceEquals(Interlocked.CompareExchange(ref _current, opened, seen), seen))
                    {
                        LeaveToScope(opened);
                        return opened;
                    }

                    _ = opened.CloseAsync(); // another thread was first: nothing has used this one
                    break;
            }
        }
    }

    // The join may have come in between, and found nothing to take.
    private void LeaveToScope(TaskGroup group)
    {
        if (!group.IsCompleted)
        {
            ScopedTaskGroup owner = scope.GetRequiredService<ScopedTaskGroup>();
            owner.Own(group);
            if (Volatile.Read(ref _isJoined))
            {
                owner.Take();
            }
        }
    }
}
