using System.Globalization;
using System.Net;
using Polly;
using Polly.Retry;
using TaskGroups;

// Without an argument it is the callee, which trusts the deadlines of this machine and says what its children see. With an address it is
// a caller of the callee there: it has 10 s, and keeps 8 s of them for itself.
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
builder.Services.AddProblemDetails();
builder.Services.AddRequestTaskGroups(options => options.IncomingDeadline.IsTrusted =
    context => context.Connection.RemoteIpAddress is { } caller && IPAddress.IsLoopback(caller));
if (args is [var callee])
{
    builder.Services.AddHttpClient("callee", http => http.BaseAddress = new Uri(callee))
        .UseSocketsHttpHandler(static (handler, _) => handler.AllowAutoRedirect = false)
        .AddTaskGroupDeadline(static deadline => deadline.Margin = TimeSpan.FromSeconds(8));
}

ResiliencePipeline<HttpStatusCode> retry = new ResiliencePipelineBuilder<HttpStatusCode>()
    .AddRetry(new RetryStrategyOptions<HttpStatusCode>
    {
        ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome is { Result: HttpStatusCode.GatewayTimeout }),
        MaxRetryAttempts = 1_000,
        Delay = TimeSpan.FromMilliseconds(1),
    })
    .Build();

WebApplication app = builder.Build();
app.UseRequestTaskGroups();
if (args.Length == 0)
{
    app.MapGet("/work", (ITaskGroup tasks) => WorkAsync(tasks)).WithTaskGroup(TimeSpan.FromMinutes(5));
    app.Run();
    return;
}

app.MapGet("/once", async (ITaskGroup tasks, IHttpClientFactory clients) =>
    $"{await tasks.Run(ct => CallAsync(clients, ct))}").WithTaskGroup(TimeSpan.FromSeconds(10));
app.MapGet("/patient", async (ITaskGroup tasks, IHttpClientFactory clients) =>
    $"{await tasks.Run(ct => CallAsync(clients, ct))}").WithTaskGroup(TimeSpan.FromSeconds(60));
app.MapGet("/retried", async (ITaskGroup tasks, IHttpClientFactory clients) =>
    $"{await tasks.Run(ct => retry.ExecuteAsync(async token => await CallAsync(clients, token), ct).AsTask())}")
    .WithTaskGroup(TimeSpan.FromSeconds(10));
app.Run();

static async Task WorkAsync(ITaskGroup tasks)
{
    int left = (int)(tasks.RemainingTime?.TotalMilliseconds ?? -1);
    await tasks.Run(
        async ct =>
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"left: {left}"));
            Console.WriteLine("child started");
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Console.WriteLine($"child ended: {tasks.CancellationReason}");
            ct.ThrowIfCancellationRequested();
        },
        "slow");
}

static async Task<HttpStatusCode> CallAsync(IHttpClientFactory clients, CancellationToken cancellationToken)
{
    using HttpClient client = clients.CreateClient("callee");
    using HttpResponseMessage answer = await client.GetAsync("/work", cancellationToken);
    return answer.StatusCode;
}

// Else the SDK makes it public, with a comment that the generator of OpenAPI's comments finds in two programs.
internal sealed partial class Program;
