using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.ClientFactory;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Grpc.Tests;

/// <summary>What services hear of a deadline that a gRPC service calls: its calls have 5 s by policy, and 20 s by their client.</summary>
public sealed class OutgoingDeadlineTests
{
    [Theory]
    [InlineData("http", 4_980)] // the milliseconds in the header
    [InlineData("explicit", 5_000)] // grpc-timeout, as the page says
    [InlineData("header", 4_980)] // our header, with the call of a gRPC client
    [InlineData("propagated", 20_000)] // grpc-timeout: the deadline of the call alone, not the limit of its group
    public async Task Call_OfAService_CarriesItsDeadline(string way, int atMost)
    {
        await using GrpcApp callee = await GrpcApp.StartAsync(
            hasMiddleware: true,
            service => service.WithTaskGroup(TimeSpan.FromMinutes(1)),
            builder => builder.Services.AddRequestTaskGroups(options => options.IncomingDeadline.IsTrusted = static _ => true));
        await using WebApplication upstream = await StartUpstreamAsync();
        await using WebApplication caller = await StartCallerAsync(new Uri(callee.App.Urls.First()), new Uri(upstream.Urls.First()));
        using var channel = GrpcChannel.ForAddress(caller.Urls.First());

        HelloReply reply = await new Greeter.GreeterClient(channel)
            .SayHelloAsync(new HelloRequest { Ending = way }, deadline: DateTime.UtcNow.AddSeconds(20)).ResponseAsync.WithWatchdog();

        // The way takes time. The callee's own limit is 60 s.
        Assert.InRange(double.Parse(reply.Text, null), 1, atMost);
        callee.AssertQuiet();
    }

    private static async Task<WebApplication> StartUpstreamAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        app.MapGet("/", (HttpContext context) => $"{context.Request.Headers["X-Request-Timeout-Ms"]}");
        await app.StartAsync().WithWatchdog();
        return app;
    }

    private static async Task<WebApplication> StartCallerAsync(Uri callee, Uri upstream)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http2));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHttpClient("upstream", http => http.BaseAddress = upstream)
            .UseSocketsHttpHandler(static (handler, _) => handler.AllowAutoRedirect = false)
            .AddTaskGroupDeadline();
        builder.Services.AddGrpcClient<Greeter.GreeterClient>("explicit", client => client.Address = callee);
        builder.Services.AddGrpcClient<Greeter.GreeterClient>("propagated", client => client.Address = callee)
            .EnableCallContextPropagation();

        // <snippet: grpc-client-header>
        builder.Services.AddGrpcClient<Greeter.GreeterClient>("header", client => client.Address = callee)
            .UseSocketsHttpHandler((handler, _) => handler.AllowAutoRedirect = false)
            .AddTaskGroupDeadline(deadline => deadline.Hosts.Add(callee.Authority));
        // </snippet>

        builder.Services.AddGrpc().AddTaskGroups();
        WebApplication app = builder.Build();
        app.MapGrpcService<CallingService>().WithTaskGroup(TimeSpan.FromSeconds(5));
        await app.StartAsync().WithWatchdog();
        return app;
    }

    private sealed class CallingService(ITaskGroup tasks, IHttpClientFactory https, GrpcClientFactory clients) : Greeter.GreeterBase
    {
        public override async Task<HelloReply> SayHello(HelloRequest request, ServerCallContext context)
        {
            if (request.Ending == "http")
            {
                using HttpClient http = https.CreateClient("upstream");
                return new HelloReply { Text = await tasks.Run(ct => http.GetStringAsync("/", ct)) };
            }

            Greeter.GreeterClient client = clients.CreateClient<Greeter.GreeterClient>(request.Ending);
            return request.Ending == "explicit"
                ? await tasks.Run(ct => AskAsync(client, tasks, ct))
                : await tasks.Run(ct => client.SayHelloAsync(new HelloRequest { Ending = "time" }, cancellationToken: ct).ResponseAsync);
        }

        // <snippet: grpc-client-deadline>
        private static async Task<HelloReply> AskAsync(
            Greeter.GreeterClient client, ITaskGroup tasks, CancellationToken cancellationToken) =>
            await client.SayHelloAsync(
                new HelloRequest { Ending = "time" },
                deadline: DateTime.UtcNow + tasks.RemainingTime,
                cancellationToken: cancellationToken);
        // </snippet>
    }
}
