using System.Runtime.CompilerServices;
using Polly;

namespace TaskGroups.Hosting;

/// <summary>Starts children that need a DI scope of their own, or a resilience pipeline.</summary>
public static partial class TaskGroupHostingExtensions
{
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
            static (child, cancellationToken) => child.Pipeline.ExecuteAsync(
                static (work, attempt) => new ValueTask(NotNull(work(attempt))), child.Work, cancellationToken).AsTask(),
            new PipelineWork<Func<CancellationToken, Task>>(pipeline, work),
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
            static (child, cancellationToken) => child.Pipeline.ExecuteAsync(
                static (work, attempt) => new ValueTask<TResult>(NotNull(work(attempt))), child.Work, cancellationToken).AsTask(),
            new PipelineWork<Func<CancellationToken, Task<TResult>>>(pipeline, work),
            name);
    }

    internal static TTask NotNull<TTask>(TTask? task)
        where TTask : Task =>
        task ?? throw new InvalidOperationException("The delegate of the child returned null instead of a task.");

    /// <summary>The work of a child behind a pipeline, where the group sees it as a state.</summary>
    private readonly record struct PipelineWork<TWork>(ResiliencePipeline Pipeline, TWork Work) : IHiddenState;
}
