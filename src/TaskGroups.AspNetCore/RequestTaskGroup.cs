using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace TaskGroups.AspNetCore;

/// <summary>
/// One request: its group once it is used, and the link from its DI scope to it. One object of 56 bytes, which is all that a request pays
/// that does not use its group (R32).
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term><c>_group</c></term><description>Meaning</description></listheader>
/// <item><term><see langword="null"/></term><description>Not used yet; the first use opens the group.</description></item>
/// <item><term>a <see cref="TaskGroup"/></term><description>In use, or joined.</description></item>
/// <item><term><see cref="Unused"/></term><description>The request has ended without a group; none can be opened any
/// more.</description></item>
/// </list>
/// <list type="table">
/// <listheader><term><c>_services</c></term><description>Meaning</description></listheader>
/// <item><term><see langword="null"/></term><description>Nobody has looked at the request's services yet.</description></item>
/// <item><term><see cref="OwnScope.Promised"/></term><description>The response will close the scope; the first use opens
/// it.</description></item>
/// <item><term>an <see cref="OwnScope"/></term><description>In use; or closed, as <see cref="OwnScope.Closed"/> is.</description></item>
/// <item><term>a <see cref="ReplacedScope"/></term><description>Somebody put other services in the place of the own scope, which is
/// kept.</description></item>
/// <item><term>any other</term><description>The services of another container, or those that somebody put there
/// before.</description></item>
/// </list>
/// </remarks>
internal sealed partial class RequestTaskGroup(RequestGroups requests, HttpContext context) : ITaskGroupFeature
{
    private static readonly object Unused = new();

    private HttpContext? _context = context;                 // null after the request: the next one may have the same object
    private object? _group;

    /// <summary>The group; <see langword="null"/> while nobody has used it.</summary>
    internal TaskGroup? Opened => Volatile.Read(ref _group) as TaskGroup;

    public ITaskGroup Group => Open();

    /// <summary>Opens the group at the first use, bound to the <see cref="HttpContext.RequestAborted"/> of that moment (R27).</summary>
    /// <exception cref="InvalidOperationException">The request has ended and had never used its group.</exception>
    internal TaskGroup Open()
    {
        if (Opened is { } opened)
        {
            return opened;
        }

        TaskGroup group = requests.Open((_context ?? throw Ended()).Features);
        object? faster = Interlocked.CompareExchange(ref _group, group, null);
        if (faster is null)
        {
            return group;
        }

        // Two threads were first, or the request ended meanwhile. Nobody has seen this group, so its join is immediate and cannot fail.
        _ = group.CloseAsync();
        return faster as TaskGroup ?? throw Ended();
    }

    /// <summary>
    /// Looks, before the handler begins, whether the group has ended: it has no time, or the client had gone when it was injected (R17).
    /// </summary>
    /// <returns>What stands for the end of the handler, which is not to be invoked; <see langword="null"/> if it is.</returns>
    internal OperationCanceledException? EndBeforeHandler()
    {
        if (requests.Endpoints.Of(_context?.Features.Get<IEndpointFeature>()?.Endpoint).Timeout == TimeSpan.Zero)
        {
            Open();
        }

        return Opened is { IsEnding: true } group ? new OperationCanceledException(group.CancellationToken) : null;
    }

    /// <summary>Ends the use of the group, or makes sure that there will be none.</summary>
    /// <returns>The group to join; <see langword="null"/> if none was ever used.</returns>
    internal TaskGroup? End() => Interlocked.CompareExchange(ref _group, Unused, null) as TaskGroup;

    /// <summary>Joins the group, unless there is none or an earlier caller has done so and passed its outcome on.</summary>
    /// <param name="failure">What the handler threw; <see langword="null"/> if it succeeded.</param>
    /// <returns>What must leave the caller: the outcome of the join (R10, R18), else <paramref name="failure"/>.</returns>
    internal ValueTask<Exception?> JoinAsync(Exception? failure) =>
        Opened is not { IsCompleted: false } group || (failure is null && group.TryCloseAlone())
            ? new ValueTask<Exception?>(failure)
            : JoinAsync(group, failure);

    // Its state is used again: most requests that use their group pass here, and each is awaited once.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Exception?> JoinAsync(TaskGroup group, Exception? failure)
    {
        try
        {
            await group.CloseAsync(failure).ConfigureAwait(false);
            return failure;
        }
        catch (Exception outcome)
        {
            // Returned, not thrown: each caller has its own way to pass it on.
            return outcome;
        }
    }

    private static InvalidOperationException Ended() => new($"This request has no task group any more. {RequestGroups.EndedHint}");
}
