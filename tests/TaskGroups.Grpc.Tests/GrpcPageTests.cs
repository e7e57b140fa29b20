using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using TaskGroups.AspNetCore;
using TaskGroups.Testing;

namespace TaskGroups.Grpc.Tests;

/// <summary>The code that docs/grpc.md shows; the stream of the page is that of the sample, see <see cref="SigtermTests"/>.</summary>
public sealed class GrpcPageTests
{
    [Fact]
    public async Task Setup_OfThePage_AnswersAndLimits()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http2));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<Trail>().AddSingleton<Gate>(_ => new Gate());

        // <snippet: grpc-setup>
        builder.Services.AddGrpc().AddTaskGroups();

        WebApplication app = builder.Build();
        app.MapGrpcService<GreeterService>().WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 8 });
        // </snippet>

        await using (app)
        {
            await app.StartAsync().WithWatchdog();
            using var channel = GrpcChannel.ForAddress(app.Urls.First());
            Greeter.GreeterClient client = new(channel);

            Assert.Equal("Greeter/SayHello", await client.CallAsync(CallKind.SayHello, "name").WithWatchdog());
            RpcException failure = await Assert.ThrowsAsync<RpcException>(() => client.CallAsync(CallKind.SayHello, "not-found"))
                .WithWatchdog();
            Assert.Equal(StatusCode.NotFound, failure.StatusCode);
        }
    }
}
