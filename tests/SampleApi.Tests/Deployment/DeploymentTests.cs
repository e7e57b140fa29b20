using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using YamlDotNet.RepresentationModel;

namespace SampleApi.Tests;

/// <summary>No container engine runs the files, so what they say is compared with what the sample understands.</summary>
public sealed class DeploymentTests
{
    private static readonly string Dockerfile = Repository.Read("Dockerfile");

    private static readonly YamlMappingNode Compose = Parse(Repository.Read("docker-compose.yml"));

    private static readonly YamlMappingNode Services = (YamlMappingNode)Compose["services"];

    public static TheoryData<string> OwnServices { get; } = ["storefront", "upstreams"];

    [Fact]
    public void Compose_Always_RunsTheSampleItsServicesAndPostgres15()
    {
        Assert.Equal(["storefront", "upstreams", "postgres"], Services.Children.Keys.Select(key => key.ToString()));
        Assert.Equal("postgres:15", Services["postgres"]["image"].ToString());
        Assert.Equal(Services["upstreams"]["image"], Services["storefront"]["image"]);
        Assert.All(Services.Children.Values, service => Assert.NotNull(service["healthcheck"]["test"]));
    }

    [Theory]
    [MemberData(nameof(OwnServices))]
    public void Compose_ForOwnServices_BuildsTheDockerfileFromTheRoot(string service)
    {
        Assert.Equal(".", Services[service]["build"]["context"].ToString());
        Assert.Equal("sample-api/Dockerfile", Services[service]["build"]["dockerfile"].ToString());
    }

    [Theory]
    [MemberData(nameof(OwnServices))]
    public void Compose_ForOwnServices_TalksToThePortThatTheImageListensOn(string service)
    {
        string port = Regex.Match(Dockerfile, "ASPNETCORE_HTTP_PORTS=([0-9]+)").Groups[1].Value;

        Assert.Equal(port, Regex.Match(Dockerfile, "EXPOSE ([0-9]+)").Groups[1].Value);
        Assert.EndsWith($":{port}", Assert.Single((YamlSequenceNode)Services[service]["ports"]).ToString(), StringComparison.Ordinal);
        string[] probe = [.. ((YamlSequenceNode)Services[service]["healthcheck"]["test"]).Select(word => word.ToString())];
        Assert.Equal(["CMD", "dotnet", "sample-api.dll", "--health", $"http://localhost:{port}/health/ready"], probe);
        Assert.EndsWith($":{port}", Services["storefront"]["environment"]["Upstream__BaseAddress"].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_ForTheStorefront_WaitsForWhatItNeeds()
    {
        foreach (string needed in new[] { "postgres", "upstreams" })
        {
            Assert.Equal("service_healthy", Services["storefront"]["depends_on"][needed]["condition"].ToString());
        }

        Assert.Equal("http://upstreams:8080", Services["storefront"]["environment"]["Upstream__BaseAddress"].ToString());
    }

    [Fact]
    public void Compose_ForTheStorefront_ConnectsToTheDatabaseThatPostgresCreates()
    {
        YamlNode postgres = Services["postgres"]["environment"];

        Assert.Equal(
            $"Host=postgres;Database={postgres["POSTGRES_DB"]};Username={postgres["POSTGRES_USER"]};"
                + $"Password={postgres["POSTGRES_PASSWORD"]}",
            Services["storefront"]["environment"]["ConnectionStrings__Storefront"].ToString());
    }

    [Theory]
    [MemberData(nameof(OwnServices))]
    public async Task Compose_ForOwnServices_GivesMoreTimeToStopThanTheHostTakes(string service)
    {
        await using Storefront shop = new();
        shop.Start();

        TimeSpan grace = TimeSpan.FromSeconds(
            int.Parse(Services[service]["stop_grace_period"].ToString().TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture));

        Assert.True(grace >= shop.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout + TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void Settings_InComposeAndDockerfile_AreOnesThatTheSampleReads()
    {
        IEnumerable<string> inCompose = ((YamlMappingNode)Services["storefront"]["environment"]).Children.Keys
            .Select(key => key.ToString());
        IEnumerable<string> inDockerfile = Regex.Matches(Dockerfile, "([A-Za-z]+__[A-Za-z]+)=").Select(match => match.Groups[1].Value);

        Assert.All(
            inCompose.Concat(inDockerfile),
            key => Assert.Contains(
                key,
                new[] { "ConnectionStrings__Storefront", "Upstream__BaseAddress", "Receipts__Directory", "Receipts__DelayMs" }));
    }

    [Fact]
    public void Compose_ForVolumes_DeclaresWhatServicesMount()
    {
        IEnumerable<string> mounted = Services.Children.Values.OfType<YamlMappingNode>()
            .Where(service => service.Children.ContainsKey("volumes"))
            .SelectMany(service => (YamlSequenceNode)service["volumes"])
            .Select(volume => volume.ToString().Split(':')[0]);

        Assert.Equal(((YamlMappingNode)Compose["volumes"]).Children.Keys.Select(key => key.ToString()).Order(), mounted.Order());
        Assert.Contains(
            "receipts:/data/receipts",
            ((YamlSequenceNode)Services["storefront"]["volumes"]).Select(volume => volume.ToString()));
        Assert.Contains("Receipts__Directory=/data/receipts", Dockerfile, StringComparison.Ordinal);
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

    private static YamlMappingNode Parse(string yaml)
    {
        YamlStream stream = [];
        using StringReader reader = new(yaml);
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }
}
