using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.Deadlines;

/// <summary>A service on real Kestrel that answers each request with the deadline that its headers carry, and remembers them.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly TestApp _app;

    private Upstream(TestApp app) => _app = app;

    public Uri Address => _app.Client.BaseAddress!;

    public string Host => Address.Authority;

    /// <summary>The headers in order: the milliseconds, or a dash.</summary>
    public IReadOnlyList<string> Received => _app.Trail.Steps;

    /// <param name="answer">Gives the status of an answer, from how many requests there were with this one.</param>
    public static async Task<Upstream> StartAsync(Func<int, int>? answer = null) => new(await TestApp.StartAsync((app, test) =>
        app.Run(async context =>
        {
            string deadline = context.Request.Headers[DeadlineRules.HeaderName] is [{ } value] ? value : "-";
            test.Trail.Add(deadline);
            context.Response.StatusCode = answer?.Invoke(test.Trail.Steps.Count) ?? 200;
            await context.Response.WriteAsync(deadline);
        })));

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

internal static class UpstreamClientExtensions
{
    public const string Name = "upstream";

    /// <summary>Registers a client that sends deadlines to the service.</summary>
    public static IHttpClientBuilder AddUpstreamClient(
        this IServiceCollection services, Upstream upstream, Action<OutgoingDeadlineOptions>? configure = null) =>
        services.AddHttpClient(Name, http => http.BaseAddress = upstream.Address)
            .UseSocketsHttpHandler(static (handler, _) => handler.AllowAutoRedirect = false)
            .AddTaskGroupDeadline(configure);

    /// <summary>Calls the service and gives its answer.</summary>
    public static Task<string> CallAsync(this HttpContext context, CancellationToken cancellationToken, string path = "/") =>
        context.RequestServices.GetRequiredService<IHttpClientFactory>().CallAsync(cancellationToken, path);

    /// <inheritdoc cref="CallAsync(HttpContext, CancellationToken, string)"/>
    public static async Task<string> CallAsync(this IHttpClientFactory clients, CancellationToken cancellationToken, string path = "/")
    {
        using HttpClient client = clients.CreateClient(Name);
        return await client.GetStringAsync(path, cancellationToken).WithWatchdog();
    }
}
