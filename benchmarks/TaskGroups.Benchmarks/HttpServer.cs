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

/// <summary>One endpoint on a real Kestrel, and clients that allocate nothing of their own.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    /// <summary>How many clients there are.</summary>
    public const int Clients = 16;

    private static readonly byte[] Request = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

    private readonly WebApplication _app;
    private readonly Socket[] _clients;
    private readonly byte[] _buffer = new byte[4096];

    private HttpServer(WebApplication app, Uri address, Socket[] clients)
    {
        _app = app;
        Address = address;
        _clients = clients;
    }

    public Uri Address { get; }

    public static async Task<HttpServer> StartAsync(
        bool hasGroups, Action<WebApplication> map, Action<IServiceCollection>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddScoped<ScopedService>();
        configure?.Invoke(builder.Services);
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
        var clients = new Socket[Clients];
        for (int client = 0; client < Clients; client++)
        {
            clients[client] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await clients[client].ConnectAsync(IPAddress.Loopback, address.Port);
        }

        return new HttpServer(app, address, clients);
    }

    /// <summary>Sends requests from some clients at once; each sends its next one when all have been answered.</summary>
    public void Send(int requests, int clients)
    {
        ReadOnlySpan<Socket> senders = _clients.AsSpan(0, clients);
        for (int sent = 0; sent < requests; sent += clients)
        {
            foreach (Socket client in senders)
            {
                client.Send(Request);
            }

            foreach (Socket client in senders)
            {
                Receive(client);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Socket client in _clients)
        {
            client.Dispose();
        }

        await _app.DisposeAsync();
    }

    private void Receive(Socket client)
    {
        int length = 0;
        do
        {
            int received = client.Receive(_buffer.AsSpan(length));
            length += received > 0 ? received : throw new IOException("The server closed the connection.");
        }
        while (!IsWhole(_buffer.AsSpan(0, length)));
    }

    // The endpoints answer "ok" in one chunk or with a length: either way the answer ends in what follows the "ok".
    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        if (!answer.StartsWith("HTTP/1.1 200"u8) && answer.Length >= 12)
        {
            throw new IOException("The server answered: " + Encoding.ASCII.GetString(answer));
        }

        return answer.EndsWith("\r\n\r\nok"u8) || answer.EndsWith("0\r\n\r\n"u8);
    }
}

/// <summary>What a handler takes from the request's scope, as nearly every handler does: then the scope is no cost of the group.</summary>
internal sealed class ScopedService;
