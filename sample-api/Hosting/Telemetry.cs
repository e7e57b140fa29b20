using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serilog;
using Serilog.Configuration;
using TaskGroups.Hosting;

namespace SampleApi;

/// <summary>
/// Sends traces, metrics and logs by OTLP to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; unset, nothing is collected. The other settings of
/// OpenTelemetry's specification hold as well, among them <c>OTEL_SERVICE_NAME</c> and <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>. In any case
/// what a child logs carries its name and that of its group.
/// </summary>
internal static class Telemetry
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<TaskGroupsTelemetryOptions>(options => options.LogScopes = true);
        ConfigurationManager settings = builder.Configuration;
        OtlpOptions configured = new()
        {
            Endpoint = settings[OtlpOptions.EndpointKey],
            Protocol = settings[OtlpOptions.ProtocolKey],
        };
        if (string.IsNullOrWhiteSpace(configured.Endpoint))
        {
            return;
        }

        builder.Services.AddOptions<OtlpOptions>().ValidateOnStart()
            .Validate(
                _ => configured.HasEndpoint,
                $"{OtlpOptions.EndpointKey} is not an absolute http address. Type for example "
                    + $"{OtlpOptions.EndpointKey}=http://localhost:4317, or leave it out: nothing is sent then.")
            .Validate(
                _ => configured.HasProtocol,
                $"{OtlpOptions.ProtocolKey} is unknown. Type {OtlpOptions.ProtocolKey}=grpc (port 4317) or "
                    + $"{OtlpOptions.ProtocolKey}=http/protobuf (port 4318).");
        if (!configured.HasEndpoint || !configured.HasProtocol)
        {
            return;
        }

        string service = settings["OTEL_SERVICE_NAME"] ?? "storefront";
        builder.Services.AddSingleton<ILoggerSettings>(new LogsByOtlp(settings, service));
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service, serviceInstanceId: Environment.MachineName))
            .WithTracing(traces => traces
                .AddSource(TaskGroupsTelemetry.ActivitySourceName)
                .AddAspNetCoreInstrumentation(options => options.Filter = context => !context.Request.Path.StartsWithSegments("/health"))
                .AddHttpClientInstrumentation()
                .AddNpgsql())
            .WithMetrics(metrics => metrics
                .AddMeter(TaskGroupsTelemetry.MeterName, "Npgsql", "Polly", "System.Runtime")
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation())
            .UseOtlpExporter();
    }

    /// <summary>Serilog writes the logs, so its own sink sends them, with the ids of trace and span.</summary>
    private sealed class LogsByOtlp(IConfiguration settings, string service) : ILoggerSettings
    {
        public void Configure(LoggerConfiguration loggerConfiguration) => loggerConfiguration.WriteTo.OpenTelemetry(
            options =>
            {
                options.ResourceAttributes["service.name"] = service;
                options.ResourceAttributes["service.instance.id"] = Environment.MachineName;
                options.OnBeginSuppressInstrumentation = SuppressInstrumentationScope.Begin;
            },
            key => settings[key]);
    }
}
