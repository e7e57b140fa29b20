using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskGroups;
using TaskGroups.AspNetCore;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives invocations of SignalR hubs task groups.</summary>
public static class SignalRServerBuilderTaskGroupsExtensions
{
    /// <summary>
    /// Makes <see cref="ITaskGroup"/>, injected into a hub, one of its methods or a service of its scope, the group of the invocation:
    /// named <c>Hub.Method</c>, canceled when the connection ends, and joined before the result is sent.
    /// </summary>
    /// <param name="builder">What <c>AddSignalR</c> returned. Hub filters that are added before are outside of the join, and see its
    /// failures; those that are added afterwards are inside.</param>
    /// <returns><paramref name="builder"/>. Calling this again adds nothing.</returns>
    /// <remarks>
    /// <para>
    /// A method that returns an <see cref="IAsyncEnumerable{T}"/> or a <c>ChannelReader</c> is joined when its stream ends. A stream ends
    /// when its client has gone or cancels it, when a child fails, and when time is over. <c>OnConnectedAsync</c> and
    /// <c>OnDisconnectedAsync</c> have groups as well; that of <c>OnDisconnectedAsync</c> is not canceled by the end of the connection. A
    /// connection ends when its invocations have ended.
    /// </para>
    /// <para>
    /// <c>MapHub&lt;ChatHub&gt;("/chat").WithTaskGroup(policy)</c>, or <see cref="TaskGroupAttribute"/> on the hub or a method, limits each
    /// invocation; there is no limit by default. With <c>DisableTaskGroup()</c> there are no limits either, and the group is joined when
    /// the scope of the invocation is disposed, after its result was sent.
    /// </para>
    /// <para>
    /// <see cref="TaskGroupsServiceCollectionExtensions.AddTaskGroups"/> is included. <c>UseRequestTaskGroups</c> is not needed.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    public static ISignalRServerBuilder AddTaskGroups(this ISignalRServerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        IServiceCollection services = builder.Services;
        if (services.Any(each => each.ServiceType == typeof(HubGroups)))
        {
            return builder;
        }

        services.AddRequestGroups();
        services.AddSingleton(new JoinedEndpoint(typeof(HubMetadata)));
        services.AddSingleton<HubGroups>();
        services.AddScoped<HubInvocation>();
        services.Replace(ServiceDescriptor.Scoped(typeof(IHubActivator<>), typeof(HubGroupActivator<>)));
        services.AddOptions<HubOptions>().Configure<HubGroups>((options, hubs) => options.AddFilter(new HubTaskGroupFilter(hubs)));
        return builder;
    }
}
