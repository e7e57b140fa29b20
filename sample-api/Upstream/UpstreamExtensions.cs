using Polly;
using Polly.Retry;
using Polly.Telemetry;

namespace SampleApi;

internal static class UpstreamExtensions
{
    public static IServiceCollection AddUpstreams(this IServiceCollection services)
    {
        services.AddOptions<UpstreamOptions>().BindSection("Upstream").ValidateOnStart().Validate(
            options => options.IsValid(),
            "Upstream:BaseAddress is not an absolute http address. Type for example Upstream__BaseAddress=http://localhost:5081, or "
                + "leave it out: the server then calls itself.");
        services.AddSingleton<UpstreamAddress>();

        services.AddUpstreamClient<PricesClient>();
        services.AddUpstreamClient<StockClient>();
        services.AddUpstreamClient<CarriersClient>();
        // Reviews are optional: a page does not wait longer than a second for them.
        services.AddUpstreamClient<ReviewsClient>().ConfigureHttpClient(http => http.Timeout = TimeSpan.FromSeconds(1));

        // Polly logs a last try that failed as an error. Here a failure is logged once, where the request is answered.
        services.Configure<TelemetryOptions>(telemetry => telemetry.SeverityProvider = _ => ResilienceEventSeverity.Debug);
        services.AddResiliencePipeline("prices", pipeline => pipeline.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<UpstreamException>(failure => failure.IsWorthARetry),
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromMilliseconds(40),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        }));
        return services;
    }

    private static IHttpClientBuilder AddUpstreamClient<TClient>(this IServiceCollection services) where TClient : class =>
        services.AddHttpClient<TClient>((provider, http) => http.BaseAddress = provider.GetRequiredService<UpstreamAddress>().Find())
            .AddHttpMessageHandler<FaultInjectionHandler>()
            // A service learns how long the page waits for it.
            .AddTaskGroupDeadline()
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.ConnectTimeout = TimeSpan.FromSeconds(2);
                // A slow service must not take all sockets of the storefront.
                handler.MaxConnectionsPerServer = 256;
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                handler.UseProxy = false;
                handler.AllowAutoRedirect = false;
            });
}
