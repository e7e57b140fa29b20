using System.Diagnostics;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.Deadlines;

/// <summary>TaskGroups.AspNetCore.Node as a process of its own, with what it writes.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    /// <summary>A step of <see cref="Lines"/>: the log has said that the caller's deadline ended a group.</summary>
    public const string CallersDeadline = "its caller's deadline";

    private const string Listening = "Now listening on: ";

    private readonly Process _process;
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServiceProcess(Process process) => _process = process;

    public Trail Lines { get; } = new();

    public HttpClient Client { get; private set; } = null!;

    /// <summary>Starts one, and waits until it listens.</summary>
    /// <param name="callee">The address of the service that it calls; <see langword="null"/> if it is the callee.</param>
    public static async Task<ServiceProcess> StartAsync(Uri? callee = null)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "TaskGroups.AspNetCore.Node.dll");
        ProcessStartInfo start = new("dotnet", callee is null ? [program] : [program, callee.AbsoluteUri])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = new() { StartInfo = start, EnableRaisingEvents = true };
        ServiceProcess service = new(process);
        process.OutputDataReceived += (_, line) => service.Add(line.Data);
        process.ErrorDataReceived += (_, line) => service.Add(line.Data);
        process.Exited += (_, _) => service._address.TrySetException(new InvalidOperationException("The process ended."));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        service.Client = new HttpClient
        {
            BaseAddress = new Uri(await service._address.Task.WithWatchdog()),
            Timeout = WatchdogExtensions.Limit,
        };
        return service;
    }

    /// <summary>Ends it without a goodbye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WithWatchdog();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        Lines.Add(line);
        if (line.Contains(CallersDeadline, StringComparison.Ordinal))
        {
            Lines.Add(CallersDeadline);
        }

        if (line.Split(Listening) is [_, var address])
        {
            _address.TrySetResult(address.Trim());
        }
    }
}
