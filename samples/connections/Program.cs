using Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

// A hub and a gRPC service whose streams stay open. Stopped with SIGTERM it ends at once: streams obey StoppingToken, SignalR closes its
// connections, and both are waited for. Two ports, since HTTP/2 without TLS cannot share one with HTTP/1.1.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.ListenLocalhost(builder.Configuration.GetValue("HubPort", 5080), listen => listen.Protocols = HttpProtocols.Http1);
    kestrel.ListenLocalhost(builder.Configuration.GetValue("GrpcPort", 5081), listen => listen.Protocols = HttpProtocols.Http2);
});
builder.Services.AddSignalR().AddTaskGroups();
builder.Services.AddGrpc().AddTaskGroups();

WebApplication app = builder.Build();
app.MapHub<PriceHub>("/prices");
app.MapGrpcService<PriceService>();
app.Run();
