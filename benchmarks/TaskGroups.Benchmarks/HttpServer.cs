using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TaskGroups.Benchmarks;

/// <summary>One endpoint on a real Kestrel, and one connection to it that allocates nothing of its own.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    /// <summary>How many requests are sent at once.</summary>
    /// <remarks>One by one, most of the time would go into waking threads, and how long they spin before they sleep would decide about CPU time.</remarks>
    public const int Batch = 16;

    private static readonly byte[] Requests =
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", Batch)));

    private readonly WebApplication _app;
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[Batch * 1024];

    private HttpServer(WebApplication app, Socket socket)
    {
        _app = app;
        _socket = socket;
    }

    public static async Task<HttpServer> StartAsync(bool hasGroups, Action<WebApplication> map)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (hasGroups)
        {
            builder.Services.AddRequestTaskGroups();
        }

        WebApplication app = builder.Build();
        if (hasGroups)
        {
            app.UseRequestTaskGroups();
        }

        map(app);
        await app.StartAsync();
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
        return new HttpServer(app, socket);
    }

    /// <summary>Sends requests in batches, each answered before the next.</summary>
    public void Send(int requests)
    {
        for (int sent = 0; sent < requests; sent += Batch)
        {
            _socket.Send(Requests);
            int length = 0;
            do
            {
                int received = _socket.Receive(_buffer.AsSpan(length));
                length += received > 0 ? received : throw new IOException("The server closed the connection.");
            }
            while (!AreWhole(_buffer.AsSpan(0, length)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _app.DisposeAsync();
    }

    // The endpoints answer "ok" in one chunk or with a length: either way the last answer ends in what follows the "ok".
    private static bool AreWhole(ReadOnlySpan<byte> answers)
    {
        bool isWhole = answers.EndsWith("\r\n\r\nok"u8) || answers.EndsWith("0\r\n\r\n"u8);
        if (!isWhole)
        {
            return false;
        }

        int answered = answers.Count("HTTP/1.1 "u8);
        return answered == answers.Count("HTTP/1.1 200 OK"u8)
            ? answered == Batch
            : throw new IOException("The server answered: " + Encoding.ASCII.GetString(answers));
    }
}
