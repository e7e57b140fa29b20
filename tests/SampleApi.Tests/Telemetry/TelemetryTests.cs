using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>Traces, metrics and logs of a real process, sent by OTLP; the last of them when the process ends.</summary>
public sealed class TelemetryTests(PostgresServer postgres) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-telemetry-");

    [Fact]
    public async Task Sample_WhenAnEndpointIsSet_SendsTracesMetricsAndLogs()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using SampleProcess sample = Start(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SERVICE_NAME", "shop-under-test"));
        using HttpClient http = new() { BaseAddress = await sample.ListensAsync() };
        using HttpResponseMessage page = await http.GetAsync("/products/3").WithWatchdog();
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);

        sample.Terminate();
        Assert.Equal(0, await sample.ExitAsync());

        // A span of the request, of a call to a service, of a query; who sends them.
        await receiver.ReceivedAsync("traces", "GET /products/{id:int:min(1)}");
        await receiver.ReceivedAsync("traces", "/upstream/stock/3");
        await receiver.ReceivedAsync("traces", "Npgsql");
        await receiver.ReceivedAsync("metrics", "http.server.request.duration");
        await receiver.ReceivedAsync("metrics", "http.client.request.duration");
        await receiver.ReceivedAsync("logs", "/products/3");
        foreach (string signal in new[] { "traces", "metrics", "logs" })
        {
            await receiver.ReceivedAsync(signal, "shop-under-test");
        }

        // What sends is not itself traced, or each batch would be the reason for another one.
        Assert.DoesNotContain("/v1/logs", receiver.Received("traces"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sample_WhenTheEndpointDoesNotAnswer_WorksAndEndsInTime()
    {
        await using SampleProcess sample = Start(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
        using HttpClient http = new() { BaseAddress = await sample.ListensAsync() };

        using HttpResponseMessage page = await http.GetAsync("/products/3").WithWatchdog();

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        sample.Terminate();
        Assert.Equal(0, await sample.ExitAsync());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private SampleProcess Start(params (string Key, string Value)[] settings) => SampleProcess.Start(
        _folder.FullName,
        new Dictionary<string, string>(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
        {
            ["ConnectionStrings__Storefront"] = postgres.NewDatabase(),
            ["Receipts__Directory"] = Path.Combine(_folder.FullName, "receipts"),
        },
        "--urls", "http://127.0.0.1:0");
}
