using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>What the program says of its settings. A start that fails runs in this process, and takes the settings as arguments.</summary>
public sealed class SettingsTests(SqliteFiles databases) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-settings-");

    [Theory]
    [InlineData("Upstream__BaseAddress", "nonsense", "Upstream__BaseAddress=http://localhost:5081")]
    [InlineData("Upstream__BaseAddress", "localhost:5081", "Upstream__BaseAddress=http://localhost:5081")]
    [InlineData("Upstream__BaseAddress", "/relative", "Upstream__BaseAddress=http://localhost:5081")]
    [InlineData("Upstream__BaseAddress", "http://", "Upstream:BaseAddress")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense", "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317", "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317")]
    [InlineData("TaskGroups__Requests__Policies__page__Timeout", "soon", "TaskGroups:Requests:Policies:page")]
    [InlineData("TaskGroups__Requests__Policies__page__Patience", "1", "Patience")]
    [InlineData("TaskGroups__Background__receipts__DrainTimeout", "soon", "DrainTimeout")]
    [InlineData("ShutdownTimeoutSeconds", "soon", "ShutdownTimeoutSeconds=25")]
    [InlineData("ShutdownTimeoutSeconds", "-5", "ShutdownTimeoutSeconds=25")]
    [InlineData("Jobs__Engine", "Cloud", "Jobs__Engine=Memory")]
    [InlineData("Jobs__Engine", "Quartz", "ConnectionStrings__Storefront")]
    [InlineData("Receipts__DelayMs", "-1", "Receipts__DelayMs=200")]
    [InlineData("Receipts__DelayMs", "600001", "Receipts__DelayMs=200")]
    [InlineData("Receipts__DelayMs", "abc", "Receipts:DelayMs")]
    [InlineData("Receipts__DelayMs", "1.5", "Receipts:DelayMs")]
    [InlineData("Receipts__Directory", " ", "Receipts__Directory=receipts")]
    [InlineData("Receipts__Directory", "/proc/receipts", "Receipts__Directory=receipts")]
    [InlineData("ConnectionStrings__Storefront", "nonsense", "Data Source=storefront.db")]
    [InlineData("ConnectionStrings__Storefront", " ", "Data Source=storefront.db")]
    [InlineData("ConnectionStrings__Storefront", "Data Source=", "Data Source=storefront.db")]
    [InlineData("ConnectionStrings__Storefront", "Data Source=/no/such/folder/x.db", "Data Source=storefront.db")]
    [InlineData("ConnectionStrings__Storefront", "Data Source=x.db;Colour=red", "Data Source=storefront.db")]
    [InlineData("ConnectionStrings__Storefront", "Host=localhost;Colour=red", "Host=localhost;Database=storefront")]
    [InlineData("ConnectionStrings__Storefront", "Host=localhost;Port=many", "Host=localhost;Database=storefront")]
    public async Task Start_WhenASettingIsWrong_FailsAndSaysWhatToType(string key, string value, string hint)
    {
        (int exitCode, string output) = await RunAsync(["--urls=http://127.0.0.1:0", .. Arguments(Settings(key, value))]);

        AssertExplained(key, hint, exitCode, output);
    }

    // A process of its own: its environment, its error stream, its exit code.
    [Fact]
    public async Task Start_WhenVariablesAreWrong_FailsAndSaysWhatToTypeForEach()
    {
        Dictionary<string, string> settings = Settings("Upstream__BaseAddress", "nonsense");
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = "nonsense";
        await using SampleProcess sample = SampleProcess.Start(_folder.FullName, settings, "--urls", "http://127.0.0.1:0");

        int exitCode = await sample.ExitAsync();
        string output = string.Join(Environment.NewLine, sample.Lines);
        AssertExplained("Upstream__BaseAddress", "Upstream__BaseAddress=http://localhost:5081", exitCode, output);
        AssertExplained("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317", exitCode, output);
    }

    // Where the program listens shows without a process of its own when someone else is there already: it says so, and ends.
    [Fact]
    public async Task Start_WithNothingSet_TakesItsDefaultAddressAndSaysThatItIsInUse()
    {
        using TcpListener? other = TryListen(5080);

        (int exitCode, string output) = await RunAsync(Arguments(Settings()));

        AssertInUse(5080, exitCode, output);
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:{0}")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "{0}")]
    public async Task Start_WhenTheEnvironmentNamesAnAddress_ListensThere(string key, string value)
    {
        using TcpListener other = TryListen(0)!;
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        // Tests run one after the other: nothing else starts a server meanwhile.
        string? before = Environment.GetEnvironmentVariable(key);
        Environment.SetEnvironmentVariable(key, string.Format(CultureInfo.InvariantCulture, value, port));
        try
        {
            (int exitCode, string output) = await RunAsync(Arguments(Settings()));

            AssertInUse(port, exitCode, output);
        }
        finally
        {
            Environment.SetEnvironmentVariable(key, before);
        }
    }

    [Fact]
    public async Task Health_WhenTheServerIsReady_ExitsWithZero()
    {
        Uri address = new(databases.Shop.Http.BaseAddress!, "/health/ready");

        Assert.Equal(0, (await RunAsync("--health", address.AbsoluteUri)).ExitCode);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/health/ready")]
    [InlineData("nonsense")]
    public async Task Health_WhenNoServerAnswers_ExitsWithOne(string address) =>
        Assert.Equal(1, (await RunAsync("--health", address)).ExitCode);

    public void Dispose() => _folder.Delete(recursive: true);

    // Tests run one after the other: nothing else writes to the console meanwhile.
    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        (TextWriter stdout, TextWriter stderr) = (Console.Out, Console.Error);
        using StringWriter output = new();
        TextWriter both = TextWriter.Synchronized(output);
        Console.SetOut(both);
        Console.SetError(both);
        try
        {
            object? exitCode = await Task.Run(() => typeof(Program).Assembly.EntryPoint!.Invoke(null, [arguments])).WithWatchdog();
            return ((int)exitCode!, output.ToString());
        }
        finally
        {
            Console.SetOut(stdout);
            Console.SetError(stderr);
        }
    }

    private static string[] Arguments(Dictionary<string, string> settings) =>
        [.. settings.Select(setting => $"--{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}")];

    // Null if another program of this machine listens there: that serves as well.
    private static TcpListener? TryListen(int port)
    {
        TcpListener listener = new(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            listener.Dispose();
            return null;
        }
    }

    private static void AssertInUse(int port, int exitCode, string output)
    {
        Assert.NotEqual(0, exitCode);
        string explained = Assert.Single(
            output.Split(Environment.NewLine), line => line.Contains("sample-api cannot start.", StringComparison.Ordinal));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $":{port}"), explained, StringComparison.Ordinal);
        Assert.Contains("already in use", explained, StringComparison.Ordinal);
    }

    private static void AssertExplained(string key, string hint, int exitCode, string output)
    {
        Assert.NotEqual(0, exitCode);
        Assert.Contains("sample-api cannot start.", output, StringComparison.Ordinal);
        Assert.Contains(key.Replace("__", ":", StringComparison.Ordinal), output, StringComparison.Ordinal);
        Assert.Contains(hint, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private Dictionary<string, string> Settings(string? key = null, string value = "")
    {
        Dictionary<string, string> settings = new()
        {
            ["ConnectionStrings__Storefront"] = databases.NewDatabase(),
            ["Receipts__Directory"] = Path.Combine(_folder.FullName, "receipts"),
        };
        if (key is not null)
        {
            settings[key] = value;
        }

        return settings;
    }
}
