using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc.Testing;
using Serilog.Core;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>The sample on real Kestrel on a port of the system's choice, with a database and a pickup directory of its own.</summary>
public class Storefront : WebApplicationFactory<Program>
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() }
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-sample-");
    private HttpClient? _http;

    internal RecordingLogger Log { get; } = new();

    internal HttpClient Http => _http ?? throw new InvalidOperationException("Start the storefront first.");

    /// <summary>Lives as long as the storefront.</summary>
    internal string Folder => _folder.FullName;

    internal string Receipts => Path.Combine(Folder, "receipts");

    /// <summary>Null: a SQLite file of its own.</summary>
    internal string? ConnectionString { get; init; }

    /// <summary>More settings, or others than the tests' own.</summary>
    internal Dictionary<string, string> Settings { get; } = [];

    internal Action<IServiceCollection> Replace { get; init; } = _ => { };

    internal void Start()
    {
        if (_http is not null)
        {
            return;
        }

        UseKestrel(0);
        StartServer();
        _http = CreateClient();
    }

    /// <summary>Waits until the exchange's line in the request log is written: by then everything the request did is over.</summary>
    internal Task<LogEntry> RequestEndedAsync(string path, int? status = null) =>
        Log.WaitForAsync(e => e.Properties.GetValueOrDefault("RequestPath") as string == path
            && e.Properties.GetValueOrDefault("StatusCode") is int seen && seen == (status ?? seen)).WithWatchdog();

    /// <summary>Waits until the server has done all that it does for a request, its own lines included.</summary>
    internal Task<LogEntry> RequestFinishedAsync(string path) =>
        Log.WaitForAsync(e => e.Message.StartsWith("Request finished", StringComparison.Ordinal)
            && e.Properties.GetValueOrDefault("Path") as string == path).WithWatchdog();

    /// <summary>Waits until the handler of a request is about to begin.</summary>
    internal Task<LogEntry> RequestBeganAsync(string path) =>
        Log.WaitForAsync(e => e.Message.StartsWith("Request starting", StringComparison.Ordinal)
            && e.Properties.GetValueOrDefault("Path") as string == path).WithWatchdog();

    internal async Task<UpstreamCallRecord[]> CallsAsync() =>
        await Http.GetFromJsonAsync<UpstreamCallRecord[]>("/upstream/calls", Json) ?? [];

    internal async Task<UpstreamCallRecord[]> CallsAsync(string path) => [.. (await CallsAsync()).Where(call => call.Path == path)];

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("ConnectionStrings:Storefront", ConnectionString ?? $"Data Source={Path.Combine(Folder, "storefront.db")}");
        builder.UseSetting("Receipts:Directory", Receipts);
        builder.UseSetting("Serilog:MinimumLevel:Override:TaskGroups", "Debug");
        builder.UseSetting("Serilog:MinimumLevel:Override:Microsoft.AspNetCore.Hosting.Diagnostics", "Information");
        builder.UseSetting("Serilog:WriteTo:0:Args:restrictedToMinimumLevel", "Fatal");
        foreach ((string key, string value) in Settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureServices(services =>
        {
            services.AddSingleton<ILogEventSink>(new RecordingSink(Log));
            Replace(services);
        });
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_folder.Exists)
        {
            _folder.Delete(recursive: true);
        }

        GC.SuppressFinalize(this);
    }
}
