using System.Net.Sockets;

namespace TaskGroups.Testing;

/// <summary>How a client drops a connection.</summary>
public enum Break
{
    /// <summary>RST: what is under way is lost.</summary>
    Reset,

    /// <summary>FIN in both directions.</summary>
    Close,
}

/// <summary>The TCP connections of an HTTP client, which can drop them all as a machine does that goes away. Thread-safe.</summary>
public sealed class BreakableConnections : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Socket> _sockets = [];
    private bool _isBroken;

    public BreakableConnections() => Handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false };

    /// <summary>Makes the connections. A client that is given it does not own it.</summary>
    public SocketsHttpHandler Handler { get; }

    /// <summary>Drops all connections; none is made from here on, so that the client cannot say goodbye on another one.</summary>
    public void Break(Break how)
    {
        lock (_lock)
        {
            _isBroken = true;
            foreach (Socket socket in _sockets)
            {
                Drop(socket, how);
            }
        }
    }

    public void Dispose()
    {
        Handler.Dispose();
        lock (_lock)
        {
            _sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static void Drop(Socket socket, Break how)
    {
        if (how == Testing.Break.Reset)
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }
        else
        {
            socket.Shutdown(SocketShutdown.Both);
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            lock (_lock)
            {
                if (_isBroken)
                {
                    throw new SocketException((int)SocketError.NetworkUnreachable);
                }

                _sockets.Add(socket);
            }

            return new NetworkStream(socket); // the client may close it at any time: the socket stays ours
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
