using System.Diagnostics;
using System.Globalization;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>The sample as a process of its own, with real signals. Its lines can be waited for.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<(Func<string, bool> Matches, int Missing, TaskCompletionSource Found)> _awaited = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SampleProcess(Process process) => _process = process;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Starts the sample in an empty folder; nothing but <paramref name="settings"/> and the built-in defaults counts.</summary>
    public static SampleProcess Start(string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments) =>
        Start(folder, settings, hook: null, arguments);

    /// <summary>The same, with a class of this assembly that implements <see cref="IHostingStartup"/> and adds to the sample.</summary>
    public static SampleProcess Start(
        string folder, IReadOnlyDictionary<string, string> settings, Type? hook, params string[] arguments)
    {
        string program = Environment.GetEnvironmentVariable("TASKGROUPS_SAMPLE") is { Length: > 0 } other
            ? other
            : Path.Combine(AppContext.BaseDirectory, "sample-api.dll");
        ProcessStartInfo start = new("dotnet", [.. Hooks(hook), program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string foreign in start.Environment.Keys.Where(IsForeign).ToArray())
        {
            start.Environment.Remove(foreign);
        }

        // Code that is optimized after some calls gives a process of a few seconds nothing back.
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        foreach ((string key, string value) in settings)
        {
            start.Environment[key] = value;
        }

        if (hook is not null)
        {
            start.Environment["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = hook.Assembly.GetName().Name;
        }

        Process process = new() { StartInfo = start, EnableRaisingEvents = true };
        SampleProcess sample = new(process);
        process.OutputDataReceived += (_, line) => sample.Add(line.Data);
        process.ErrorDataReceived += (_, line) => sample.Add(line.Data);
        process.Exited += (_, _) => sample._ended.TrySetResult();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return sample;
    }

    /// <summary>Waits until the server listens, and says where.</summary>
    public async Task<Uri> ListensAsync()
    {
        const string Listening = "Now listening on: ";
        await LinesAsync(line => line.Contains(Listening, StringComparison.Ordinal));
        return new Uri(Lines.First(line => line.Contains(Listening, StringComparison.Ordinal)).Split(Listening)[1].Trim());
    }

    /// <summary>Waits until <paramref name="count"/> lines match; fails at once if the process ends before.</summary>
    public async Task LinesAsync(Func<string, bool> matches, int count = 1)
    {
        TaskCompletionSource found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            int missing = count - _lines.Count(matches);
            if (missing <= 0)
            {
                return;
            }

            _awaited.Add((matches, missing, found));
        }

        try
        {
            await Task.WhenAny(found.Task, _ended.Task).WithWatchdog();
        }
        catch (InvalidOperationException hang)
        {
            // The processor time tells a process that hangs from one that the machine has given no time.
            throw new InvalidOperationException(
                $"{hang.Message} The process has used {_process.TotalProcessorTime.TotalSeconds:0.0} s of the processor, and said:"
                    + $"{Environment.NewLine}{string.Join(Environment.NewLine, Lines)}",
                hang);
        }

        if (!found.Task.IsCompleted)
        {
            Assert.Fail($"The process ended:{Environment.NewLine}{string.Join(Environment.NewLine, Lines)}");
        }
    }

    /// <summary>Sends SIGTERM, as an orchestrator does.</summary>
    public void Terminate()
    {
        using Process kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -TERM {_process.Id}")]);
        kill.WaitForExit();
    }

    /// <summary>What <c>docker stop</c> does: SIGTERM, 10 s, SIGKILL. True if the process ended by itself.</summary>
    public async Task<bool> DockerStopAsync()
    {
        using CancellationTokenSource grace = new(TimeSpan.FromSeconds(10));
        Terminate();
        try
        {
            await _process.WaitForExitAsync(grace.Token);
            return true;
        }
        catch (OperationCanceledException) when (grace.IsCancellationRequested)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            return false;
        }
    }

    /// <summary>Waits for the end, and returns the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WithWatchdog();
        return _process.ExitCode;
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

    // The sample knows nothing of this assembly: its dependencies are those of the tests then.
    private static string[] Hooks(Type? hook) => hook is null
        ? []
        : ["exec", "--depsfile", Path.ChangeExtension(hook.Assembly.Location, ".deps.json")];

    private static bool IsForeign(string key) =>
        key.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
            || key.StartsWith("TaskGroups__", StringComparison.OrdinalIgnoreCase)
            || key.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase)
            || key.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase)
            || key is "DOTNET_ENVIRONMENT" or "URLS" or "CI";

    private void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            _lines.Add(line);
            for (int i = _awaited.Count - 1; i >= 0; i--)
            {
                var (matches, missing, found) = _awaited[i];
                if (!matches(line))
                {
                    continue;
                }

                _awaited[i] = (matches, missing - 1, found);
                if (missing == 1)
                {
                    found.TrySetResult();
                }
            }
        }
    }
}
