using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Opens the groups of hubs: one for each connection, which is not seen, and in it one for each invocation. Thread-safe.</summary>
internal sealed class HubGroups(
    ApplicationGroups application,
    EndpointSettingsCache endpoints,
    RequestGroupObserver observer,
    IOptions<RequestTaskGroupOptions> options,
    ILogger<HubTaskGroupFilter> logger,
    CurrentGroup? current = null)
{
    private const string EndedHint = "The invocation of the hub has ended. Work that outlives it belongs to IBackgroundTaskGroup.";

    // Supervised: invocations of one connection have nothing to do with each other.
    private readonly GroupSettings _connection = GroupSettings.Read(
        new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise },
        application.Requests.Settings,
        new HostContext { Services = application.Requests.HostContext.Services, IsInternal = true });

    // As many as the hubs have methods.
    private readonly ConcurrentDictionary<HubMethod.Key, HubMethod> _methods = [];

    public RequestGroupObserver Observer => observer;

    /// <summary>Is told which code is in which group; <see langword="null"/> where no feature asks for it.</summary>
    public CurrentGroup? Current => current;

    public HubResponder Responder { get; } = new(new SafeLogger(logger), observer, options.Value.MapEndings);

    /// <summary>Opens the group of a connection, which joins those of its invocations.</summary>
    public TaskGroup OpenConnection() => TaskGroup.Open(_connection, "connection", application.Requests, CancellationToken.None);

    /// <summary>Finds what is to be known of an invocation.</summary>
    /// <exception cref="InvalidOperationException">The method names a policy that does not exist, or its limits cannot be.</exception>
    public HubCall CallOf(HubCallerContext caller, Hub hub, MethodInfo method, CancellationToken aborted) => new(
        _methods.GetOrAdd(new HubMethod.Key(caller.GetHttpContext()?.GetEndpoint(), hub.GetType(), method), Read),
        caller,
        HubConnectionGroup.Of(caller)?.Group ?? application.Requests,
        aborted);

    /// <summary>Opens the group of an invocation.</summary>
    public TaskGroup Open(HubCall call, HubInvocation owner)
    {
        // The connection has ended, and with it the wait for its invocations: this one did not use its group until now.
        bool isConnected = call.Connection.State.TryHold();
        TaskGroup group = TaskGroup.Open(
            call.Method.Group, call.Method.Name, isConnected ? call.Connection : application.Requests, call.Aborted);
        group.Owner = owner;
        if (isConnected)
        {
            call.Connection.Release();
        }

        return group;
    }

    /// <summary>Gives the group of an invocation that has ended without one: it has completed, and refuses work with its
    /// message.</summary>
    public static TaskGroup OpenEnded(HubCall call)
    {
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { Name = call.Method.Name }, hostContext: new HostContext { CompletedHint = EndedHint });
        group.TryCloseAlone();
        return group;
    }

    private HubMethod Read(HubMethod.Key key)
    {
        string name = $"{key.Hub.Name}.{key.Method.Name}";
        object[] statements = key.Method.GetCustomAttributes(inherit: true);
        EndpointSettings settings = endpoints.Of(
            Array.Exists(statements, each => each is TaskGroupAttribute or DisableTaskGroupAttribute)
                ? new Endpoint(null, new EndpointMetadataCollection([.. key.Endpoint?.Metadata ?? [], .. statements]), name)
                : key.Endpoint);
        var stream = HubStream.Of(key.Method);
        return new HubMethod(
            name,
            settings.Group.With(GroupKind.Connection, EndedHint),
            settings.IsDisabled || stream is { CanJoin: false },
            stream);
    }
}
