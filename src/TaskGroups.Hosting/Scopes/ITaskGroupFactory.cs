using System.Runtime.CompilerServices;

namespace TaskGroups.Hosting;

/// <summary>
/// Opens groups that belong to the application: for streams, views, circuits, message consumers, timers and console programs, which have no
/// request whose group they could use.
/// </summary>
/// <remarks>
/// <para>
/// A singleton. Its groups are logged like those of requests and scopes, use the application's <see cref="TimeProvider"/>, and appear in
/// its snapshots; <c>RunScoped</c> works in them. The bare <see cref="TaskGroup.RunAsync(Func{ITaskGroup, Task}, CancellationToken,
/// string?)"/> has none of that.
/// </para>
/// <para>
/// They follow the host's stop: <see cref="ITaskGroup.StoppingToken"/> fires when the host begins to stop. They are canceled, as
/// <see cref="CancellationReason.HostStopping"/>, where shutdown cancels requests and background work, and at the latest when the container
/// is disposed. The code that awaits the returned task waits for the group; the drain of background groups does not.
/// </para>
/// <para>All members may be called from any thread, also before the host has started and without a host.</para>
/// </remarks>
/// <example>
/// Each message gets a DI scope; what the handler starts in the scope's group has ended before the scope's services are disposed.
/// <code>
/// await groups.RunInScopeAsync(
///     services => services.GetRequiredService&lt;OrderHandler&gt;().HandleAsync(message), cancellationToken: stoppingToken);
/// </code>
/// </example>
public interface ITaskGroupFactory
{
    /// <summary>Opens a group, runs <paramref name="body"/> in it, and waits for every child.</summary>
    /// <param name="body">The first child. It usually starts others; it need not wait for them.</param>
    /// <param name="options">Read once, now; <see langword="null"/>: what groups have by default.</param>
    /// <param name="cancellationToken">Cancels the group.</param>
    /// <param name="caller">Names the group unless <paramref name="options"/> do; filled in by the compiler.</param>
    /// <returns>
    /// A task that completes after the last child, never before, with the outcome that
    /// <see cref="TaskGroup.RunAsync(Func{ITaskGroup, Task}, CancellationToken, string?)"/> would have.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is <see langword="null"/>. Thrown at once.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the message names it. Thrown at once.</exception>
    /// <exception cref="ArgumentException">Options do not fit together. Thrown at once.</exception>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> or the host's shutdown cut work short and nothing failed; or the application's groups had been
    /// canceled before, and <paramref name="body"/> was not invoked. In the returned task.
    /// </exception>
    /// <exception cref="TimeoutException">
    /// <see cref="TaskGroupOptions.Timeout"/> cut work short and nothing failed. In the returned task.
    /// </exception>
    Task RunAsync(
        Func<ITaskGroup, Task> body,
        TaskGroupOptions? options = null,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string? caller = null);

    /// <summary>Opens a group, runs <paramref name="body"/> in it, waits for every child, and yields the body's value.</summary>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <inheritdoc cref="RunAsync(Func{ITaskGroup, Task}, TaskGroupOptions?, CancellationToken, string?)"/>
    Task<TResult> RunAsync<TResult>(
        Func<ITaskGroup, Task<TResult>> body,
        TaskGroupOptions? options = null,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string? caller = null);

    /// <summary>
    /// Opens a DI scope with a group, runs <paramref name="body"/> with the scope's services, waits for every child of the scope's
    /// <see cref="ITaskGroup"/>, and only then disposes the scope.
    /// </summary>
    /// <param name="body">
    /// Is given the services of the scope. The scope's <see cref="ITaskGroup"/> is the group whose first child this is. No service of the
    /// scope is disposed before the last child has ended, whatever the order in which they were resolved.
    /// </param>
    /// <param name="options">Of the scope's group. Read once, now; <see langword="null"/>: what groups have by default.</param>
    /// <param name="cancellationToken">Cancels the scope's group. If it has fired already, no scope is opened.</param>
    /// <param name="caller">Names the group unless <paramref name="options"/> do; filled in by the compiler.</param>
    /// <returns>
    /// A task that completes after the scope's disposal, with the outcome of the group. If only the disposal fails, with that failure; if
    /// both do, the disposal's is logged.
    /// </returns>
    /// <inheritdoc cref="RunAsync(Func{ITaskGroup, Task}, TaskGroupOptions?, CancellationToken, string?)"/>
    Task RunInScopeAsync(
        Func<IServiceProvider, Task> body,
        TaskGroupOptions? options = null,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string? caller = null);

    /// <summary>The same, for a body that yields a value.</summary>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <inheritdoc cref="RunInScopeAsync(Func{IServiceProvider, Task}, TaskGroupOptions?, CancellationToken, string?)"/>
    Task<TResult> RunInScopeAsync<TResult>(
        Func<IServiceProvider, Task<TResult>> body,
        TaskGroupOptions? options = null,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string? caller = null);
}
