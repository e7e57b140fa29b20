using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TaskGroups.Testing;

/// <summary>
/// A real PostgreSQL: the one that <c>TASKGROUPS_TEST_POSTGRES</c> names, or one that is started from the installed binaries in a temporary
/// folder.
/// </summary>
public sealed class PostgresProcess : IAsyncDisposable
{
    private const string Variable = "TASKGROUPS_TEST_POSTGRES";

    // A server of minutes has nothing to vacuum.
    private const string Settings =
        "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c autovacuum=off -c max_connections=500";

    private string _binaries = "";
    private string? _folder;
    private int _port;

    private PostgresProcess()
    {
    }

    /// <summary>What a test says that needs the server, and there is none; <see langword="null"/> if there is one.</summary>
    public string? Missing { get; private init; }

    /// <summary>Leads to the server; the caller adds the database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Whether this process started the server, so that it may restart it.</summary>
    public bool IsOwn => _folder is not null;

    /// <summary>Finds or starts the server.</summary>
    public static async Task<PostgresProcess> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            return new PostgresProcess { ConnectionString = given };
        }

        if (FindBinaries() is not { } binaries)
        {
            return new PostgresProcess
            {
                Missing = "PostgreSQL is missing. Install it (Debian: apt-get install postgresql), or set "
                    + $"{Variable} to a connection string.",
            };
        }

        var server = new PostgresProcess { _binaries = binaries, _port = FreePort() };
        await server.CreateAsync();
        return server;
    }

    /// <summary>Stops the server at once, as a crash of it would, and starts it again.</summary>
    public async Task RestartAsync()
    {
        await StopAsync("immediate");
        await StartServerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_folder is not null)
        {
            await StopAsync("immediate");
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>Finds a port that no server has.</summary>
    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string DataFolder => Path.Combine(_folder!, "data");

    private async Task CreateAsync()
    {
        _folder = Directory.CreateTempSubdirectory("taskgroups-postgres-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "postgres", _folder);
        }

        await RunAsServerAsync("initdb", "--pgdata", DataFolder, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync");
        await StartServerAsync();
        ConnectionString = $"Host=127.0.0.1;Port={_port};Username=postgres";
    }

    private Task StartServerAsync() => RunAsServerAsync(
        "pg_ctl", "start", "--pgdata", DataFolder, "--wait", "--log", Path.Combine(_folder!, "log"),
        "--options", string.Create(CultureInfo.InvariantCulture, $"-p {_port} {Settings}"));

    private Task StopAsync(string mode) => RunAsServerAsync("pg_ctl", "stop", "--pgdata", DataFolder, $"--mode={mode}", "--wait");

    private static string? FindBinaries()
    {
        string[] debian = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        IEnumerable<string> folders =
        [
            .. debian.OrderByDescending(version => double.Parse(Path.GetFileName(version), CultureInfo.InvariantCulture))
                .Select(version => Path.Combine(version, "bin")),
            .. Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [],
        ];
        return folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));
    }

    // PostgreSQL refuses to run as root.
    private Task RunAsServerAsync(string program, params string[] arguments)
    {
        string path = Path.Combine(_binaries, program);
        return Environment.IsPrivilegedProcess
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // The output goes nowhere: the server that pg_ctl leaves behind would keep a pipe open.
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program, .. arguments])
        {
            WorkingDirectory = "/"
        };
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}.");
        }
    }
}
