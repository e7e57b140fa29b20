using Grpc.AspNetCore.Server;
using Grpc.Core;
using TaskGroups;
using TaskGroups.AspNetCore;
using TaskGroups.Grpc;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives gRPC calls task groups.</summary>
public static class GrpcServerBuilderTaskGroupsExtensions
{
    /// <summary>
    /// Makes <see cref="ITaskGroup"/>, injected into a gRPC service, the group of the call: named <c>Service/Method</c>, canceled when the
    /// client goes away, limited by the call's deadline, and joined before the status is sent.
    /// </summary>
    /// <param name="builder">What <c>AddGrpc</c> returned. Interceptors that are added before are outside of the join, and see its
    /// failures; those that are added afterwards are inside.</param>
    /// <returns><paramref name="builder"/>. Calling this again adds nothing.</returns>
    /// <remarks>
    /// <para>
    /// It works for unary calls and for streams in both directions, with <c>UseRequestTaskGroups</c> and without it: the call has one group
    /// in either case. <see cref="ITaskGroup.RemainingTime"/> tells what the deadline leaves.
    /// </para>
    /// <para>
    /// A call that ends early is answered with <see cref="StatusCode.Cancelled"/> (its client has gone),
    /// <see cref="StatusCode.DeadlineExceeded"/>, <see cref="StatusCode.ResourceExhausted"/> (the group is full) or
    /// <see cref="StatusCode.Unavailable"/> (the application stops). The <see cref="RpcException"/> of a child leaves as it is.
    /// <see cref="RequestTaskGroupOptions.MapEndings"/> turns this off.
    /// </para>
    /// <para>
    /// <c>MapGrpcService&lt;T&gt;().WithTaskGroup(policy)</c> limits each call; unary calls have
    /// <see cref="RequestTaskGroupOptions.DefaultTimeout"/> unless something else is set. With <c>DisableTaskGroup()</c> there are no
    /// limits, and the group is joined after the call was answered, or, without <c>UseRequestTaskGroups</c>, before.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    public static IGrpcServerBuilder AddTaskGroups(this IGrpcServerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        IServiceCollection services = builder.Services;
        if (services.Any(each => each.ServiceType == typeof(TaskGroupInterceptor)))
        {
            return builder;
        }

        services.AddRequestGroups();
        services.AddSingleton(new JoinedEndpoint(
            typeof(GrpcMethodMetadata), static metadata => ((GrpcMethodMetadata)metadata).Method.Type == MethodType.Unary));
        services.AddSingleton<StatusMapping>();
        services.AddSingleton<GroupedCalls>();
        services.AddSingleton<TaskGroupInterceptor>();
        services.Configure<GrpcServiceOptions>(static options => options.Interceptors.Add<TaskGroupInterceptor>());
        return builder;
    }
}
