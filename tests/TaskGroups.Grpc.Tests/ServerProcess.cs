using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TaskGroups.Testing;

namespace TaskGroups.Grpc.Tests;

/// <summary>samples/connections as a process of its own, with what it writes.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Trail _lines = new();

    private ServerProcess(Process process, int hubPort, int grpcPort)
    {
        _process = process;
        Hub = new Uri($"http://127.0.0.1:{hubPort}/prices");
        Grpc = new Uri($"http://127.0.0.1:{grpcPort}");
    }

    public Uri Hub { get; }

    public Uri Grpc { get; }

    public IReadOnlyList<string> Lines => _lines.Steps;

    public static async Task<ServerProcess> StartAsync()
    {
        (int hubPort, int grpcPort) = FindPorts();
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "connections.dll"),
            string.Create(CultureInfo.InvariantCulture, $"--HubPort={hubPort}"),
            string.Create(CultureInfo.InvariantCulture, $"--GrpcPort={grpcPort}"),
        ];
        Process process = new()
        {
            StartInfo = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        ServerProcess server = new(process, hubPort, grpcPort);
        process.OutputDataReceived += (_, line) => server._lines.Add(line.Data?.Trim() ?? "");
        process.ErrorDataReceived += (_, line) => server._lines.Add(line.Data?.Trim() ?? "");
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await server._lines.WaitForAsync("Application started. Press Ctrl+C to shut down.").WithWatchdog();
        return server;
    }

    /// <summary>Sends SIGTERM, as an orchestrator does, and waits for the end.</summary>
    /// <returns>The exit code, and how long it took.</returns>
    public async Task<(int ExitCode, TimeSpan Elapsed)> TerminateAsync()
    {
        long started = Stopwatch.GetTimestamp();
        using var kill = Process.Start("kill", ["-TERM", string.Create(CultureInfo.InvariantCulture, $"{_process.Id}")]);
        await _process.WaitForExitAsync().WithWatchdog();
        return (_process.ExitCode, Stopwatch.GetElapsedTime(started));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static (int Hub, int Grpc) FindPorts()
    {
        using TcpListener hub = new(IPAddress.Loopback, 0);
        using TcpListener grpc = new(IPAddress.Loopback, 0);
        hub.Start();
        grpc.Start();
        return (((IPEndPoint)hub.LocalEndpoint).Port, ((IPEndPoint)grpc.LocalEndpoint).Port);
    }
}
