using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using YamlDotNet.RepresentationModel;

namespace SampleApi.Tests;

/// <summary>No container engine runs the files, so what they say is compared with what the sample understands.</summary>
public sealed class DeploymentTests
{
    /// <summary>The connections of a pool: PostgreSQL takes 100 as shipped.</summary>
    private const int PoolSize = 15;

    private static readonly string Dockerfile = Repository.Read("Dockerfile");

    private static readonly YamlMappingNode Compose = Parse(Repository.Read("docker-compose.yml"));

    private static readonly YamlMappingNode Services = (YamlMappingNode)Compose["services"];

    public static TheoryData<string> OwnServices { get; } = ["storefront", "upstreams"];

    [Fact]
    public void Compose_Always_RunsTheSampleItsServicesPostgres15AProxyAndABackend()
    {
        Assert.Equal(
            ["proxy", "storefront", "upstreams", "postgres", "telemetry"],
            Services.Children.Keys.Select(key => key.ToString()));
        Assert.Equal("postgres:15", Of("postgres", "image").ToString());
        Assert.Equal(Of("upstreams", "image"), Of("storefront", "image"));
        Assert.All(Services.Children.Keys, name => Assert.NotNull(Of(name.ToString(), "healthcheck")["test"]));
    }

    [Theory]
    [MemberData(nameof(OwnServices))]
    public void Compose_ForOwnServices_BuildsTheDockerfileFromTheRoot(string service)
    {
        Assert.Equal(".", Of(service, "build")["context"].ToString());
        Assert.Equal("sample-api/Dockerfile", Of(service, "build")["dockerfile"].ToString());
    }

    [Theory]
    [MemberData(nameof(OwnServices))]
    public void Compose_ForOwnServices_TalksToThePortThatTheImageListensOn(string service)
    {
        string port = Regex.Match(Dockerfile, "ASPNETCORE_HTTP_PORTS=([0-9]+)").Groups[1].Value;

        Assert.Equal(port, Regex.Match(Dockerfile, "EXPOSE ([0-9]+)").Groups[1].Value);
        string[] probe = [.. ((YamlSequenceNode)Of(service, "healthcheck")["test"]).Select(word => word.ToString())];
        Assert.Equal(["CMD", "dotnet", "sample-api.dll", "--health", $"http://localhost:{port}/health/ready"], probe);
        Assert.EndsWith($":{port}", Of("storefront", "environment")["Upstream__BaseAddress"].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_ForTheStorefront_WaitsForWhatItNeeds()
    {
        foreach (string needed in new[] { "postgres", "upstreams" })
        {
            Assert.Equal("service_healthy", Of("storefront", "depends_on")[needed]["condition"].ToString());
        }

        Assert.Equal("http://upstreams:8080", Of("storefront", "environment")["Upstream__BaseAddress"].ToString());
    }

    [Fact]
    public void Compose_ForTheStorefront_ConnectsToTheDatabaseThatPostgresCreates()
    {
        YamlNode postgres = Of("postgres", "environment");

        Assert.Equal(
            $"Host=postgres;Database={postgres["POSTGRES_DB"]};Username={postgres["POSTGRES_USER"]};"
                + $"Password={postgres["POSTGRES_PASSWORD"]};Maximum Pool Size={PoolSize}",
            Of("storefront", "environment")["ConnectionStrings__Storefront"].ToString());
    }

    // A server that refuses connections takes the leases of a node that runs well.
    [Fact]
    public void Compose_ForTheStorefront_LeavesTheDatabaseConnectionsForItsOperators()
    {
        const int Pools = 3; // the shop's own, and two of the jobs
        const int Reserved = 3; // superuser_reserved_connections
        int replicas = int.Parse(Of("storefront", "deploy")["replicas"].ToString(), CultureInfo.InvariantCulture);

        Assert.True(replicas * Pools * PoolSize < 100 - Reserved);
    }

    [Theory]
    [MemberData(nameof(OwnServices))]
    public async Task Compose_ForOwnServices_GivesMoreTimeToStopThanTheHostTakes(string service)
    {
        await using Storefront shop = new();
        shop.Start();

        TimeSpan grace = TimeSpan.FromSeconds(
            int.Parse(Of(service, "stop_grace_period").ToString().TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture));

        Assert.True(grace >= shop.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout + TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void Settings_InComposeAndDockerfile_AreOnesThatTheSampleReads()
    {
        IEnumerable<string> inCompose = OwnServices
            .SelectMany(service => ((YamlMappingNode)Of(service.Data, "environment")).Children.Keys.Select(key => key.ToString()))
            .Where(key => key != "<<");
        IEnumerable<string> inDockerfile = Regex.Matches(Dockerfile, "([A-Za-z]+__[A-Za-z]+)=").Select(match => match.Groups[1].Value);

        Assert.All(
            inCompose.Concat(inDockerfile),
            key => Assert.Contains(
                key,
                new[]
                {
                    "ConnectionStrings__Storefront", "Upstream__BaseAddress", "Receipts__Directory", "Receipts__DelayMs", "Jobs__Engine",
                    "Operations__Key",
                    OtlpOptions.EndpointKey, "OTEL_SERVICE_NAME",
                }));
    }

    [Fact]
    public void Compose_ForVolumes_DeclaresWhatServicesMount()
    {
        IEnumerable<string> mounted = Mounts().Where(source => !source.StartsWith("./", StringComparison.Ordinal));

        Assert.Equal(((YamlMappingNode)Compose["volumes"]).Children.Keys.Select(key => key.ToString()).Order(), mounted.Order());
        Assert.Contains(
            "receipts:/data/receipts",
            ((YamlSequenceNode)Of("storefront", "volumes")).Select(volume => volume.ToString()));
        Assert.Contains("Receipts__Directory=/data/receipts", Dockerfile, StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_ForFiles_MountsWhatTheRepositoryHolds() =>
        Assert.All(
            Mounts().Where(source => source.StartsWith("./", StringComparison.Ordinal)),
            source => Assert.True(File.Exists(Repository.PathOf(Path.GetFileName(source))), $"{source} does not exist."));

    [Fact]
    public void Compose_ForTheStorefront_RunsTwoReplicasBehindTheProxy()
    {
        string proxy = Repository.Read("proxy.conf");
        string port = Regex.Match(Dockerfile, "ASPNETCORE_HTTP_PORTS=([0-9]+)").Groups[1].Value;

        Assert.Equal("2", Of("storefront", "deploy")["replicas"].ToString());
        // Two replicas cannot publish one port: only the proxy does.
        Assert.False(((YamlMappingNode)Services["storefront"]).Children.ContainsKey("ports"));
        Assert.Contains($"server storefront:{port} resolve", proxy, StringComparison.Ordinal);
        Assert.Matches(@"upstream operations \{[^}]*hash \$remote_addr consistent;", proxy); // the live page is that of one process
        Assert.Matches(@"location /taskgroups \{\s*proxy_pass http://operations;", proxy);
        string published = Assert.Single((YamlSequenceNode)Of("proxy", "ports")).ToString();
        Assert.Equal("5080", published.Split(':')[0]);
        Assert.Contains($"listen {published.Split(':')[1]};", proxy, StringComparison.Ordinal);
        Assert.Equal("service_healthy", Of("proxy", "depends_on")["storefront"]["condition"].ToString());
    }

    [Theory]
    [MemberData(nameof(OwnServices))]
    public void Compose_ForOwnServices_SendsTelemetryToTheBackend(string service)
    {
        Assert.Equal("http://telemetry:4317", Of(service, "environment", OtlpOptions.EndpointKey).ToString());
        Assert.Equal(service, Of(service, "environment", "OTEL_SERVICE_NAME").ToString());
    }

    [Fact]
    public void Compose_ForTheStorefront_SetsTheKeyOfTheOperators() =>
        Assert.NotEmpty(Of("storefront", "environment", "Operations__Key").ToString());

    [Fact]
    public void GrafanaProvider_Always_NamesTheDashboardThatIsMounted()
    {
        string mounted = ((YamlSequenceNode)Of("telemetry", "volumes")).Select(volume => volume.ToString())
            .Single(volume => volume.Contains("grafana-dashboard.json", StringComparison.Ordinal)).Split(':')[1];

        Assert.Contains($"path: {mounted}\n", Repository.Read("grafana-provider.yaml"), StringComparison.Ordinal);
    }

    // Names as OpenTelemetry gives them, in the spelling of Prometheus: units and counters have a suffix.
    [Fact]
    public void Dashboard_Always_AsksForTheLibrarysInstruments()
    {
        using JsonDocument dashboard = JsonDocument.Parse(Repository.Read("grafana-dashboard.json"));
        JsonElement[] panels = [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()];
        string[] queries = [.. panels.SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)];

        HashSet<string> asked = [.. queries.SelectMany(query => Regex.Matches(query, "taskgroups_[a-z_]+").Select(match => match.Value))
            .Select(name => Regex.Replace(name, "_(bucket|count|sum)$", ""))];

        Assert.Equal(
            new[]
            {
                "taskgroups_cancellation_duration_seconds", "taskgroups_child_duration_seconds", "taskgroups_children_abandoned_total",
                "taskgroups_children_active", "taskgroups_children_refused_total", "taskgroups_children_straggling_total",
                "taskgroups_children_waiting", "taskgroups_deadlines_ignored_total", "taskgroups_drain_duration_seconds",
                "taskgroups_group_duration_seconds", "taskgroups_groups_active",
            },
            asked.Order(StringComparer.Ordinal));
        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel => Assert.False(string.IsNullOrEmpty(panel.GetProperty("description").GetString())));
    }

    [Fact]
    public void Dockerfile_Always_RunsTheSampleAsAnUnprivilegedUser()
    {
        string program = typeof(Program).Assembly.GetName().Name!;

        Assert.Contains($"publish sample-api/{program}.csproj", Dockerfile, StringComparison.Ordinal);
        Assert.Contains($"ENTRYPOINT [\"dotnet\", \"{program}.dll\"]", Dockerfile, StringComparison.Ordinal);
        Assert.Contains("USER $APP_UID", Dockerfile, StringComparison.Ordinal);
        Assert.Equal(
            ["sdk:10.0", "aspnet:10.0"],
            Regex.Matches(Dockerfile, "FROM mcr.microsoft.com/dotnet/([^ \n]+)").Select(match => match.Groups[1].Value));
    }

    [Fact]
    public void Dockerignore_Always_LetsThroughWhatTheBuildNeeds()
    {
        string[] lines = Repository.Read(".dockerignore").Split('\n');

        Assert.All(
            ["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", "src", "sample-api"],
            needed => Assert.Contains($"!{needed}", lines));
    }

    private static IEnumerable<string> Mounts() => Services.Children.Values.OfType<YamlMappingNode>()
        .Where(service => service.Children.ContainsKey("volumes"))
        .SelectMany(service => (YamlSequenceNode)service["volumes"])
        .Select(volume => volume.ToString().Split(':')[0]);

    /// <summary>What a service says; what it merges from another node (<c>&lt;&lt;: *anchor</c>) counts as its own.</summary>
    private static YamlNode Of(string service, params string[] path) =>
        path.Aggregate((YamlNode)Services[service], (node, key) => Child((YamlMappingNode)node, key));

    private static YamlNode Child(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out YamlNode? own) ? own : Child((YamlMappingNode)node["<<"], key);

    private static YamlMappingNode Parse(string yaml)
    {
        YamlStream stream = [];
        using StringReader reader = new(yaml);
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }
}
