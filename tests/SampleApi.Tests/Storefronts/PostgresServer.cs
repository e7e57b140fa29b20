using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace SampleApi.Tests;

/// <summary>
/// A real PostgreSQL for all tests: the one that <c>TASKGROUPS_TEST_POSTGRES</c> names, or one that is started from the installed binaries
/// in a temporary folder and stopped at the end. Without either, tests that need it are skipped, with <c>CI=true</c> they fail.
/// </summary>
public sealed class PostgresServer : TestDatabase
{
    private const string Variable = "TASKGROUPS_TEST_POSTGRES";

    private string? _connectionString = Environment.GetEnvironmentVariable(Variable);
    private string? _binaries;
    private string? _folder;
    private string? _missing;

    public override async ValueTask InitializeAsync()
    {
        if (!string.IsNullOrEmpty(_connectionString))
        {
            return;
        }

        _binaries = FindBinaries();
        if (_binaries is null)
        {
            _missing = $"PostgreSQL is missing. Install it (Debian: apt-get install postgresql), or set {Variable} to a connection string.";
            return;
        }

        _folder = Directory.CreateTempSubdirectory("taskgroups-postgres-").FullName;
        int port = FreePort();
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "postgres", _folder);
        }

        await RunAsServerAsync("initdb", "--pgdata", DataFolder, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync");
        await RunAsServerAsync(
            "pg_ctl", "start", "--pgdata", DataFolder, "--wait", "--log", Path.Combine(_folder, "log"),
            "--options", string.Create(
                CultureInfo.InvariantCulture,
                $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"));
        _connectionString = $"Host=127.0.0.1;Port={port};Username=postgres";
    }

    /// <summary>Names a database of this server that does not exist yet; skips or fails the running test if there is no server.</summary>
    internal override string NewDatabase()
    {
        if (_missing is not null && Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(_missing);
        }

        Assert.SkipWhen(_missing is not null, _missing ?? "");
        return new NpgsqlConnectionStringBuilder(_connectionString) { Database = $"storefront_{Guid.NewGuid():N}" }.ConnectionString;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        if (_folder is null)
        {
            return;
        }

        await RunAsServerAsync("pg_ctl", "stop", "--pgdata", DataFolder, "--mode=immediate", "--wait");
        Directory.Delete(_folder, recursive: true);
    }

    internal static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string DataFolder => Path.Combine(_folder!, "data");

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
        string path = Path.Combine(_binaries!, program);
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
