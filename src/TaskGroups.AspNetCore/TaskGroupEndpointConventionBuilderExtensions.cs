using Microsoft.AspNetCore.Http;
using TaskGroups.AspNetCore;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Joins the groups of requests before their responses.</summary>
public static class TaskGroupEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Joins the request's group when the handler has returned, before its result is executed: a failing child becomes an error response,
    /// and
    /// nothing is sent before every child has ended.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">An endpoint, a group of endpoints (<c>MapGroup</c>), or <c>MapControllers</c>.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>
    /// Without it the group is joined after the response was written. Leave it out where the response's body itself uses the group, as with
    /// <c>Results.Stream</c> or an <see cref="IAsyncEnumerable{T}"/>: the joined group refuses children. A request that reaches such an
    /// endpoint without
    /// passing <c>UseRequestTaskGroups</c> fails with <see cref="InvalidOperationException"/>.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    public static TBuilder WithTaskGroup<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        return builder.AddEndpointFilter(TaskGroupEndpointFilter.Instance);
    }

    /// <summary>
    /// Joins the request's group before the result is executed, and cancels it when a time limit runs out: the request is then answered
    /// with 504.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">An endpoint, a group of endpoints (<c>MapGroup</c>), or <c>MapControllers</c>.</param>
    /// <param name="timeout">
    /// The limit, counted from the group's first use: 0 to 4,294,967,294 milliseconds (about 49.7 days), or
    /// <see cref="Timeout.InfiniteTimeSpan"/>: none, whatever an outer group of endpoints says. Where several are set, the last one counts.
    /// </param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <inheritdoc cref="WithTaskGroup{TBuilder}(TBuilder)" path="/remarks"/>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative or longer than 4,294,967,294
    /// milliseconds.</exception>
    public static TBuilder WithTaskGroup<TBuilder>(this TBuilder builder, TimeSpan timeout)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        RequestTaskGroupOptionsValidator.ThrowIfNoTimeout(timeout, nameof(timeout));

        return builder.WithTaskGroup().WithMetadata(new RequestTaskGroupPolicy { Timeout = timeout });
    }
}
