using System.Text;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>
/// Takes what is sent by OTLP over HTTP. Bodies are protobuf, in which texts stand as they are: they are looked for, not decoded.
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _received = [];
    private readonly List<(string Signal, string Text, TaskCompletionSource Found)> _awaited = [];

    private OtlpReceiver(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public static async Task<OtlpReceiver> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        OtlpReceiver receiver = new(builder.Build());
        receiver._app.MapPost("/v1/{signal}", receiver.ReceiveAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Waits until a text has come with a signal: <c>traces</c>, <c>metrics</c> or <c>logs</c>.</summary>
    public Task ReceivedAsync(string signal, string text)
    {
        lock (_lock)
        {
            if (Of(signal).Contains(text, StringComparison.Ordinal))
            {
                return Task.CompletedTask;
            }

            TaskCompletionSource found = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((signal, text, found));
            return found.Task.WithWatchdog();
        }
    }

    /// <summary>All that came with a signal.</summary>
    public string Received(string signal)
    {
        lock (_lock)
        {
            return Of(signal);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(string signal, HttpRequest request)
    {
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body);
        lock (_lock)
        {
            _received[signal] = Of(signal) + Encoding.Latin1.GetString(body.ToArray());
            foreach ((string Signal, string Text, TaskCompletionSource Found) awaited in _awaited)
            {
                if (Of(awaited.Signal).Contains(awaited.Text, StringComparison.Ordinal))
                {
                    awaited.Found.TrySetResult();
                }
            }
        }
    }

    private string Of(string signal) => _received.GetValueOrDefault(signal, "");
}
