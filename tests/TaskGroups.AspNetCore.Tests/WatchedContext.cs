using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Another context, with a record of what was asked of it besides its features.</summary>
internal sealed class WatchedContext(HttpContext context, List<string> asked) : HttpContext
{
    public override IFeatureCollection Features => context.Features;

    public override HttpRequest Request => Asked(context.Request, nameof(Request));

    public override HttpResponse Response => Asked(context.Response, nameof(Response));

    public override ConnectionInfo Connection => Asked(context.Connection, nameof(Connection));

    public override WebSocketManager WebSockets => Asked(context.WebSockets, nameof(WebSockets));

    public override ClaimsPrincipal User
    {
        get => Asked(context.User, nameof(User));
        set => context.User = value;
    }

    public override IDictionary<object, object?> Items
    {
        get => Asked(context.Items, nameof(Items));
        set => context.Items = value;
    }

    public override IServiceProvider RequestServices
    {
        get => Asked(context.RequestServices, nameof(RequestServices));
        set => context.RequestServices = value;
    }

    public override CancellationToken RequestAborted
    {
        get => Asked(context.RequestAborted, nameof(RequestAborted));
        set => context.RequestAborted = value;
    }

    public override string TraceIdentifier
    {
        get => Asked(context.TraceIdentifier, nameof(TraceIdentifier));
        set => context.TraceIdentifier = value;
    }

    public override ISession Session
    {
        get => Asked(context.Session, nameof(Session));
        set => context.Session = value;
    }

    public override void Abort() => context.Abort();

    private T Asked<T>(T value, string name)
    {
        asked.Add(name);
        return value;
    }
}
