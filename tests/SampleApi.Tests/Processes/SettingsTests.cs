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
        IEnumerable<string> settings = Settings(key, value).Select(
            setting => $"--{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}");

        (int exitCode, string output) = await RunAsync(["--urls=http://127.0.0.1:0", .. settings]);

        AssertExplained(key, hint, exitCode, output);
    }

    [Theory]
    [InlineData("Upstream__BaseAddress", "nonsense", "Upstream__BaseAddress=http://localhost:5081")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense", "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317")]
    public async Task Start_WhenAVariableIsWrong_FailsAndSaysWhatToType(string key, string value, string hint)
    {
        await using SampleProcess sample = SampleProcess.Start(_folder.FullName, Settings(key, value), "--urls", "http://127.0.0.1:0");

        int exitCode = await sample.ExitAsync();
        AssertExplained(key, hint, exitCode, string.Join(Environment.NewLine, sample.Lines));
    }

    [Fact]
    public async Task Start_WithNothingSet_ListensOnItsDefaultAddressOrSaysWhoElseDoes()
    {
        await using SampleProcess sample = SampleProcess.Start(_folder.FullName, Settings());

        await sample.LinesAsync(line => line.Contains("http://localhost:5080", StringComparison.Ordinal)
            || line.Contains("127.0.0.1:5080", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:0")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "0")]
    public async Task Start_WhenTheEnvironmentNamesAnAddress_ListensThere(string key, string value)
    {
        await using SampleProcess sample = SampleProcess.Start(_folder.FullName, Settings(key, value));

        Assert.NotEqual(5080, (await sample.ListensAsync()).Port);
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
