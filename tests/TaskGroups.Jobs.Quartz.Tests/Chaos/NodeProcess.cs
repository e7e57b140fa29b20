using System.Diagnostics;
using System.Globalization;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>A node as a process of its own, with real signals.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    private NodeProcess(string name, Process process) => (Name, _process) = (name, process);

    public string Name { get; }

    public bool HasEnded => _process.HasExited;

    /// <summary>What the node wrote.</summary>
    public string Output
    {
        get
        {
            lock (_lock)
            {
                return string.Join(Environment.NewLine, _lines);
            }
        }
    }

    /// <summary>Starts a node, and waits until its host has started.</summary>
    /// <param name="name">Its name in the ledger.</param>
    /// <param name="database">Leads to the jobs.</param>
    /// <param name="ledger">Leads to the ledger.</param>
    /// <param name="environment">More variables of its environment.</param>
    public static async Task<NodeProcess> StartAsync(
        string name, string database, string ledger, params (string Key, string Value)[] environment)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "TaskGroups.Jobs.Quartz.Node.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Code that is optimized after some calls gives a process of a few seconds nothing back.
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        (string Key, string Value)[] settings = [("Node", name), ("Database", database), ("Ledger", ledger), .. environment];
        foreach ((string key, string value) in settings)
        {
            start.Environment[key] = value;
        }

        Process process = new() { StartInfo = start, EnableRaisingEvents = true };
        NodeProcess node = new(name, process);
        process.OutputDataReceived += (_, line) => node.Add(line.Data);
        process.ErrorDataReceived += (_, line) => node.Add(line.Data);
        process.Exited += (_, _) => node.OnExited();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await node._started.Task.WithWatchdog();
        return node;
    }

    /// <summary>The process ends at once: kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>The process stands still.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>The process goes on.</summary>
    public void Thaw() => Signal("CONT");

    /// <summary>What an orchestrator sends.</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>Waits until the process has ended.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndedAsync()
    {
        using var watchdog = new CancellationTokenSource(WatchdogExtensions.Limit);
        try
        {
            await _process.WaitForExitAsync(watchdog.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException($"The node {Name} has not ended. It wrote:{Environment.NewLine}{Output}", exception);
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private void Signal(string signal)
    {
        using Process kill = Process.Start(
            "/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {_process.Id}")]);
        kill.WaitForExit();
    }

    private void OnExited()
    {
        if (!_started.Task.IsCompleted)
        {
            _process.WaitForExit(); // for the rest of its output
            _started.TrySetException(new InvalidOperationException($"The node {Name} ended: {Output}"));
        }
    }

    private void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            _lines.Add(line);
        }

        if (line == "started")
        {
            _started.TrySetResult();
        }
    }
}
