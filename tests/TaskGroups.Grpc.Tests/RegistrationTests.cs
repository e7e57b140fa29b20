using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using TaskGroups.AspNetCore;
using TaskGroups.Testing;

namespace TaskGroups.Grpc.Tests;

/// <summary>What an application is told that limits the calls of a service, and has not given them groups.</summary>
public sealed class RegistrationTests
{
    [Fact]
    public async Task Start_WithLimitsOnAServiceWhoseCallsHaveNoGroups_WarnsOnceAndNamesTheMissingCall()
    {
        await using WebApplication app = Build(out RecordingLogger log, services =>
        {
            services.AddGrpc();
            services.AddRequestTaskGroups();
        });
        app.UseRequestTaskGroups();
        app.MapGrpcService<GreeterService>().WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 8 });

        await app.StartAsync().WithWatchdog();

        LogEntry warning = Assert.Single(log.Entries, each => each.Level >= LogLevel.Warning);
        Assert.Equal(33, warning.EventId.Id);
        Assert.Contains(
            "Call builder.Services.AddGrpc().AddTaskGroups() (package TaskGroups.Grpc): ", warning.Message, StringComparison.Ordinal);
        Assert.Contains("/greet.Greeter/SayHello'", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithLimitsOnAServiceWhoseCallsHaveGroups_WarnsOfNothing()
    {
        await using WebApplication app = Build(out RecordingLogger log, services => services.AddGrpc().AddTaskGroups());
        app.MapGrpcService<GreeterService>().WithTaskGroup();

        await app.StartAsync().WithWatchdog();

        Assert.DoesNotContain(log.Entries, each => each.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task WithTaskGroup_WithoutTheServices_NamesTheMissingCall()
    {
        await using WebApplication app = Build(out _, services => services.AddGrpc());
        app.MapGrpcService<GreeterService>().WithTaskGroup();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => ((IEndpointRouteBuilder)app).DataSources.Single().Endpoints);

        Assert.Contains("/greet.Greeter/", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "Call builder.Services.AddGrpc().AddTaskGroups() (package TaskGroups.Grpc) before the application is built.",
            error.Message,
            StringComparison.Ordinal);
    }

    private static WebApplication Build(out RecordingLogger log, Action<IServiceCollection> addServices)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        log = new RecordingLogger();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddSingleton<Trail>().AddSingleton<Gate>();
        addServices(builder.Services);
        return builder.Build();
    }
}
