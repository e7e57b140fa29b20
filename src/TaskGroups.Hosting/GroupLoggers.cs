using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>The loggers of groups, by whose matter a line is: what happens in a request is not said under hosting.</summary>
internal sealed class GroupLoggers(ILoggerFactory factory)
{
    public const string RequestCategory = "TaskGroups.AspNetCore.Requests";
    public const string ConnectionCategory = "TaskGroups.AspNetCore.Connections";
    public const string ScopeCategory = "TaskGroups.Hosting.Scopes";

    private readonly SafeLogger _requests = new(factory.CreateLogger(RequestCategory));
    private readonly SafeLogger _connections = new(factory.CreateLogger(ConnectionCategory));

    /// <summary>Where scopes, and groups that the application opens by itself, report.</summary>
    public SafeLogger Scopes { get; } = new(factory.CreateLogger(ScopeCategory));

    /// <summary>The logger of the outermost group around a group.</summary>
    public ILogger Of(ITaskGroup group)
    {
        var outermost = (TaskGroup)group;
        while (outermost.Parent is { HostContext.IsInternal: false } parent)
        {
            outermost = parent;
        }

        return outermost.HostContext.Kind switch
        {
            GroupKind.Request => _requests,
            GroupKind.Connection => _connections,
            _ => Scopes,
        };
    }
}
