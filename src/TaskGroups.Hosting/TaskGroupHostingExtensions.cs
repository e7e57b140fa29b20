using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Polly;

namespace TaskGroups.Hosting;

/// <summary>Starts children that need a DI scope of their own, or a resilience pipeline.</summary>
public static class TaskGroupHostingExtensions
{
    /// <summary>Starts a child that has a DI scope of its own: what <paramref name="work"/> is given belongs to this child alone.</summary>
    /// <typeparam name="TService">The service to resolve from the child's scope, for example a <c>DbContext</c>.</typeparam>
    /// <param name="group">A group from dependency injection, or one nested in such a group.</param>
    /// <param name="work">The work of the child.</param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns>
    /// The child's outcome, as with <see cref="ITaskGroup.Run(Func{CancellationToken, Task}, string?)"/>. It need not be awaited.
    /// </returns>
    /// <remarks>
    /// <para>
    /// The scope comes from the root container. Its <see cref="ITaskGroup"/> is nested in <paramref name="group"/>. When the work has
    /// ended, the scope's group is
    /// joined, and then the scope is disposed; the child ends after that.
    /// </para>
    /// <para>
    /// If the disposal fails, that is the child's failure; if the work has failed before, the disposal's failure is logged and the work's
    /// is
    /// thrown.
    /// </para>
    /// <para>With explicit parameter types nothing else need be spelled out: <c>tasks.RunScoped((Db db, CancellationToken ct) =>
    /// ...)</c>.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="group"/> or <paramref name="work"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// The group does not come from dependency injection; or it has completed; or it is a background group whose drain has begun.
    /// </exception>
    /// <exception cref="TaskGroupFullException">The group takes no more waiting children.</exception>
    public static Task RunScoped<TService>(
        this ITaskGroup group, Func<TService, CancellationToken, Task> work, [CallerArgumentExpression(nameof(work))] string? name = null)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work);
        var services = GroupServices.Of(group);
        return group.Run(
            cancellationToken => ScopedChild.RunAsync(
                TaskGroup.From(group), services, Names
                    .OfChild(name), scope => NotNull(work(scope.GetRequiredService<TService>(), cancellationToken))),
            name);
    }

    /// <summary>Starts a child that has a DI scope of its own and yields a value.</summary>
    /// <typeparam name="TService">The service to resolve from the child's scope, for example a <c>DbContext</c>.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <inheritdoc cref="RunScoped{TService}(ITaskGroup, Func{TService, CancellationToken, Task}, string?)"/>
    public static Task<TResult> RunScoped<TService, TResult>(
        this ITaskGroup group, Func<TService, CancellationToken, Task<TResult>> work, [CallerArgumentExpression(
            nameof(work))] string? name = null)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work);
        var services = GroupServices.Of(group);
        return group.Run(
            async cancellationToken =>
            {
                TaskGroup parent = TaskGroup.From(group);
                (bool HasValue, TResult Value) result = default;
                await ScopedChild.RunAsync(
                    parent,
                    services,
                    Names.OfChild(name),
                    async scope => result = (true, await NotNull(work(scope.GetRequiredService<TService>(), cancellationToken))
                        .ConfigureAwait(false)))
                    .ConfigureAwait(false);
                return result.HasValue
                    ? result.Value
                    : throw new OperationCanceledException(
                        $"The child '{Names.OfChild(name)}' has no value: the group of its scope was stopped or canceled.",
                        parent.IsStopped ? parent.StoppingToken : CancellationToken.None);
            },
            name);
    }

    /// <summary>Starts one child for all attempts of a resilience pipeline; only the final outcome reaches the group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="pipeline">What retries, hedges or limits the work.</param>
    /// <param name="work">One attempt. The token fires when the pipeline gives it up, and when the group is canceled.</param>
    /// <param name="name">What reports call the child. The default is the text of <paramref name="work"/>.</param>
    /// <returns>
    /// The child's outcome, as with <see cref="ITaskGroup.Run(Func{CancellationToken, Task}, string?)"/>. It need not be awaited.
    /// </returns>
    /// <remarks>A cancellation of the group also ends the pipeline's waiting between attempts.</remarks>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="name"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">The group has completed, or it is a background group whose drain has begun.</exception>
    /// <exception cref="TaskGroupFullException">The group takes no more waiting children.</exception>
    public static Task Run(
        this ITaskGroup group,
        ResiliencePipeline pipeline,
        Func<CancellationToken, Task> work,
        [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(work);
        return group.Run(
            static (child, cancellationToken) => child.pipeline.ExecuteAsync(
                static (work, attempt) => new ValueTask(NotNull(work(attempt))), child.work, cancellationToken).AsTask(),
            (pipeline, work),
            name);
    }

    /// <summary>Starts one child for all attempts of a resilience pipeline and yields the value of the successful one.</summary>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    /// <inheritdoc cref="Run(ITaskGroup, ResiliencePipeline, Func{CancellationToken, Task}, string?)"/>
    public static Task<TResult> Run<TResult>(
        this ITaskGroup group,
        ResiliencePipeline pipeline,
        Func<CancellationToken, Task<TResult>> work,
        [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(work);
        return group.Run(
            static (child, cancellationToken) => child.pipeline.ExecuteAsync(
                static (work, attempt) => new ValueTask<TResult>(NotNull(work(attempt))), child.work, cancellationToken).AsTask(),
            (pipeline, work),
            name);
    }

    private static TTask NotNull<TTask>(TTask? task)
        where TTask : Task =>
        task ?? throw new InvalidOperationException("The delegate of the child returned null instead of a task.");
}
