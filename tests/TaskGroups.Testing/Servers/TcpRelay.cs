using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TaskGroups.Testing;

/// <summary>Stands between an application and a server, so that tests can take the server away and give it back.</summary>
public sealed class TcpRelay(string host, int port) : IAsyncDisposable
{
    private readonly List<Socket> _sockets = [];
    private Socket? _listener;
    private volatile Task _speech = Task.CompletedTask;

    /// <summary>Where clients connect to, also while the relay is closed.</summary>
    public int Port { get; } = PostgresProcess.FreePort();

    /// <summary>A closed relay to the server of a connection string.</summary>
    public static TcpRelay To(string connectionString)
    {
        DbConnectionStringBuilder server = new() { ConnectionString = connectionString };
        return new TcpRelay((string)server["Host"], int.Parse((string)server["Port"], CultureInfo.InvariantCulture));
    }

    /// <summary>The connection string that leads through the relay.</summary>
    public string Through(string connectionString) =>
        new DbConnectionStringBuilder { ConnectionString = connectionString, ["Host"] = "127.0.0.1", ["Port"] = Port }.ConnectionString;

    public void Open()
    {
        _listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        _listener.Listen();
        _ = AcceptAsync(_listener);
    }

    /// <summary>Keeps all connections, takes new ones, and transfers nothing any more, as a network that swallows packets.</summary>
    public void Silence() => _speech = new TaskCompletionSource().Task;

    /// <summary>Resets all connections and refuses new ones.</summary>
    public void Close()
    {
        _listener?.Dispose();
        lock (_sockets)
        {
            foreach (Socket socket in _sockets)
            {
                socket.Close(timeout: 0);
            }

            _sockets.Clear();
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptAsync();
                Socket server = new(SocketType.Stream, ProtocolType.Tcp);
                lock (_sockets)
                {
                    _sockets.AddRange([client, server]);
                }

                _ = JoinAsync(client, server);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    // A server that is away ends this connection, and not the relay.
    private async Task JoinAsync(Socket client, Socket server)
    {
        try
        {
            await server.ConnectAsync(host, port);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            client.Close(timeout: 0);
            return;
        }

        await Task.WhenAll(CopyAsync(client, server), CopyAsync(server, client));
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer)) > 0;)
            {
                await _speech;
                await to.SendAsync(buffer.AsMemory(0, read));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side was reset, or the relay closed: the other side is told. It would wait for an answer otherwise.
            from.Close(timeout: 0);
            to.Close(timeout: 0);
        }
    }
}
