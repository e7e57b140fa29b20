using System.Net;
using System.Net.Sockets;
using System.Text;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>A client that decides itself how its connection is used and how it ends.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private StreamReader _reader = StreamReader.Null;

    private RawConnection()
    {
    }

    public static async Task<RawConnection> OpenAsync(int port)
    {
        RawConnection connection = new();
        await connection._socket.ConnectAsync(IPAddress.Loopback, port).WithWatchdog();
        connection._reader = new StreamReader(new NetworkStream(connection._socket), Encoding.Latin1);
        return connection;
    }

    /// <summary>Sends requests at once, one after the other, without waiting for answers.</summary>
    public async Task GetAsync(params string[] paths)
    {
        string requests = string.Concat(paths.Select(path => $"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        await _socket.SendAsync(Encoding.ASCII.GetBytes(requests)).WithWatchdog();
    }

    /// <summary>Sends a request with one more header line.</summary>
    public async Task GetWithHeaderAsync(string path, string headerLine)
    {
        byte[] request = Encoding.Latin1.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headerLine}\r\n\r\n");
        await _socket.SendAsync(request).WithWatchdog();
    }

    /// <summary>Sends a request with a body; ends when it is sent or the connection is gone.</summary>
    public async Task PostAsync(string path, int length)
    {
        try
        {
            await _socket.SendAsync(
                Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"));
            await _socket.SendAsync(new byte[length]);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The test has closed the connection under it.
        }
    }

    /// <summary>Sends a request with a part of its body.</summary>
    public async Task PostPartAsync(string path, int length, int sent)
    {
        byte[] head = Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
        await _socket.SendAsync((byte[])[.. head, .. new byte[sent]]).WithWatchdog();
    }

    /// <summary>Reads one answer that has a Content-Length, such as that of Results.Text.</summary>
    public async Task<(string StatusLine, string Body)> ReadAsync()
    {
        string status = await ReadLineAsync();
        int length = 0;
        for (string line = await ReadLineAsync(); line.Length > 0; line = await ReadLineAsync())
        {
            if (line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))
            {
                length = int.Parse(line["Content-Length: ".Length..], System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        char[] body = new char[length];
        await _reader.ReadBlockAsync(body.AsMemory()).AsTask().WithWatchdog();
        return (status, new string(body));
    }

    /// <summary>Ends the sending side only; the client could still read.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection the rude way.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<string> ReadLineAsync() =>
        await _reader.ReadLineAsync().WithWatchdog() ?? throw new IOException("The server closed the connection.");
}
