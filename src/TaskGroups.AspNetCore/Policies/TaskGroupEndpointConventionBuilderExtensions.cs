using TaskGroups.AspNetCore;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Joins the groups of requests before their responses, and limits them.</summary>
public static class TaskGroupEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Joins the request's group when the handler has returned, before its result is executed: a failing child becomes an error response,
    /// and nothing is sent before every child has ended.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">
    /// An endpoint, a group of endpoints (<c>MapGroup</c>), <c>MapControllers</c> or <c>MapRazorPages</c>.
    /// </param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>
    /// <para>
    /// Without it the group of a minimal API is joined after the response was written. Leave it out, or call <c>DisableTaskGroup()</c>
    /// below a group of endpoints that has it, where the response's body itself uses the group, as with <c>Results.Stream</c> or an
    /// <see cref="IAsyncEnumerable{T}"/>. Groups of controllers and pages are joined before the result in any case.
    /// </para>
    /// <para>
    /// The endpoint's metadata says that it may answer with 503 and 504, unless
    /// <see cref="RequestTaskGroupOptions.MapEndings"/> is off. If <c>AddRequestTaskGroups</c> was not called, building the endpoint fails
    /// with <see cref="InvalidOperationException"/>; so does a request that reaches it without passing <c>UseRequestTaskGroups</c>.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    public static TBuilder WithTaskGroup<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        EndpointConvention.Add(builder, new TaskGroupAttribute());

    /// <summary>
    /// Joins the request's group before the result is executed, and limits the time of the group's work: when it has passed, children are
    /// canceled, and the request is answered with 504 unless the handler has a result all the same.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">
    /// An endpoint, a group of endpoints (<c>MapGroup</c>), <c>MapControllers</c> or <c>MapRazorPages</c>.
    /// </param>
    /// <param name="timeout">
    /// The limit, counted from the moment when the request reaches <c>UseRequestTaskGroups</c>: 0 to 4,294,967,294 milliseconds (about
    /// 49.7 days), or <see cref="Timeout.InfiniteTimeSpan"/>: none, whatever an outer group of endpoints says. Where several are set, the
    /// nearest counts.
    /// </param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>
    /// It limits the work of the group, not the handler, which may await something else: <c>WithRequestTimeout</c> limits that. Otherwise
    /// it is <c>WithTaskGroup()</c>.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative or longer than 4,294,967,294
    /// milliseconds.</exception>
    public static TBuilder WithTaskGroup<TBuilder>(this TBuilder builder, TimeSpan timeout)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        LimitRules.ThrowIfNoTimeout(timeout, nameof(timeout));

        return EndpointConvention.Add(builder, new RequestTaskGroupPolicy { Timeout = timeout });
    }

    /// <summary>Joins the request's group before the result is executed, and limits it by a named policy.</summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">
    /// An endpoint, a group of endpoints (<c>MapGroup</c>), <c>MapControllers</c> or <c>MapRazorPages</c>.
    /// </param>
    /// <param name="policyName">
    /// The name of a policy from <see cref="RequestTaskGroupOptions.AddPolicy(string, RequestTaskGroupPolicy)"/>. Case is ignored. An
    /// unknown one fails the start of the application with <see cref="InvalidOperationException"/>.
    /// </param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>Limits that the policy leaves open are those of further out. Otherwise it is <c>WithTaskGroup()</c>.</remarks>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public static TBuilder WithTaskGroup<TBuilder>(this TBuilder builder, string policyName)
        where TBuilder : IEndpointConventionBuilder =>
        EndpointConvention.Add(builder, new TaskGroupAttribute(policyName));

    /// <summary>Joins the request's group before the result is executed, and limits it by a policy.</summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">
    /// An endpoint, a group of endpoints (<c>MapGroup</c>), <c>MapControllers</c> or <c>MapRazorPages</c>.
    /// </param>
    /// <param name="policy">
    /// The limits. Those that cannot be fail the start of the application with <see cref="InvalidOperationException"/>.
    /// </param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>Limits that the policy leaves open are those of further out. Otherwise it is <c>WithTaskGroup()</c>.</remarks>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public static TBuilder WithTaskGroup<TBuilder>(this TBuilder builder, RequestTaskGroupPolicy policy)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(policy);

        return EndpointConvention.Add(builder, policy);
    }

    /// <summary>
    /// Takes the request's group off all limits, the default ones included, and leaves its join to the end of the request: what an endpoint
    /// needs whose response's body uses the group, below a group of endpoints that has <c>WithTaskGroup()</c>.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">
    /// An endpoint, a group of endpoints (<c>MapGroup</c>), <c>MapControllers</c> or <c>MapRazorPages</c>.
    /// </param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>The nearest of this and <c>WithTaskGroup</c> wins, attributes included.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    public static TBuilder DisableTaskGroup<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.Add(static endpoint => endpoint.Metadata.Add(new DisableTaskGroupAttribute()));
        return builder;
    }
}
