using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskGroups.Browser.Tests;

/// <summary>An application on real Kestrel with a live page, on a loopback port of the system's choice.</summary>
internal sealed class WatchedApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WatchedApp(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = new HttpClient { BaseAddress = Address, Timeout = WatchdogExtensions.Limit };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<WatchedApp> StartAsync(
        Action<WebApplication> map,
        Action<WebApplicationBuilder>? configure = null,
        Action<TaskGroupsPageOptions>? page = null,
        TimeProvider? clock = null,
        string address = "http://127.0.0.1:0")
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ApplicationName = typeof(WatchedApp).Assembly.GetName().Name, EnvironmentName = "Production" });
        builder.WebHost.UseUrls(address);
        builder.Logging.ClearProviders();
        builder.Services.AddProblemDetails();
        builder.Services.AddRequestTaskGroups();
        // A test that looks at a stop ends it itself, however long a busy browser takes to look.
        builder.Services.Configure<BackgroundTaskGroupOptions>(options => options.DrainTimeout = WatchdogExtensions.Limit);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = 3 * WatchdogExtensions.Limit);
        builder.Services.Configure<TaskGroupsPageOptions>(options => options.RefreshInterval = TimeSpan.FromMilliseconds(200));
        builder.Services.Configure(page ?? (_ => { }));
        if (clock is not null)
        {
            builder.Services.AddSingleton(clock);
        }

        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseRequestTaskGroups();
        app.MapTaskGroups().AllowAnonymous();
        map(app);
        await app.StartAsync().WithWatchdog();
        return new WatchedApp(app);
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync().AsTask().WithWatchdog();
    }
}
