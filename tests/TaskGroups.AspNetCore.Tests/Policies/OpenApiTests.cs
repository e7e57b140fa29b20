using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>The document that OpenAPI generates, as a client's generator reads it.</summary>
public sealed partial class OpenApiTests
{
    private const string Found = "200 text/plain application/json text/json";
    private const string Endings = ", 503 application/problem+json, 504 application/problem+json";

    // R29: actions keep the success that MVC finds by itself.
    [Theory]
    [InlineData("/described/plain", Found + Endings)]
    [InlineData("/described/own", Found + ", 503 text/plain application/json text/json, 504 application/problem+json")]
    [InlineData("/described/disabled", Found)]
    [InlineData("/attributed", Found + Endings)]
    [InlineData("/parameter", Found + Endings)]
    [InlineData("/ungrouped", Found)]
    [InlineData("/minimal", "200 text/plain" + Endings)]
    public async Task Document_OfEndpointsWithGroups_Has503And504(string path, string expected)
    {
        await using TestApp test = await StartAsync();

        Assert.Equal(expected, await ReadResponsesAsync(test, path));
    }

    // R29
    [Fact]
    public async Task Document_WhenMapControllersDisablesGroups_HasNeither()
    {
        await using TestApp test = await StartAsync(map: app => app.MapControllers().DisableTaskGroup());

        Assert.Equal(Found, await ReadResponsesAsync(test, "/described/plain"));
    }

    // R29: the answers have no body then.
    [Fact]
    public async Task Document_WithoutProblemDetails_HasStatusesWithoutABody()
    {
        await using TestApp test = await StartAsync(builder => builder.Services.RemoveAll<IProblemDetailsService>());

        Assert.Equal(Found + ", 503 , 504 ", await ReadResponsesAsync(test, "/described/plain"));
    }

    // The template webapiaot: its serializer knows the types of the application alone, and the document was an error 500.
    [Fact]
    public async Task Document_WhenTheSerializerKnowsNoProblemDetails_IsGenerated()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) =>
            {
                app.MapOpenApi();
                app.MapGet("/minimal", () => "done").WithTaskGroup();
            },
            builder => builder.Services
                .AddOpenApi()
                .RemoveAll<IProblemDetailsService>()
                .ConfigureHttpJsonOptions(options =>
                {
                    options.SerializerOptions.TypeInfoResolverChain.Clear();
                    options.SerializerOptions.TypeInfoResolverChain.Add(KnownTypes.Default);
                }),
            app => app.UseRequestTaskGroups());

        Assert.Equal("200 text/plain, 503 , 504 ", await ReadResponsesAsync(test, "/minimal"));
    }

    private static Task<TestApp> StartAsync(Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null) =>
        TestApp.StartAsync(
            (app, _) =>
            {
                app.MapOpenApi();
                app.MapGet("/minimal", (ITaskGroup tasks) => tasks.Name).WithTaskGroup();
                (map ?? (app => app.MapControllers()))(app);
            },
            builder =>
            {
                builder.Services.AddOpenApi();
                builder.Services.AddControllers().AddApplicationPart(typeof(OpenApiTests).Assembly);
                configure?.Invoke(builder);
            },
            app => app.UseRequestTaskGroups());

    private static async Task<string> ReadResponsesAsync(TestApp test, string path)
    {
        var document = JsonNode.Parse(await test.Client.GetStringAsync("/openapi/v1.json"))!;
        JsonObject responses = document["paths"]![path]!["get"]!["responses"]!.AsObject();
        return string.Join(", ", responses.Select(
            each => $"{each.Key} {string.Join(' ', each.Value!["content"]?.AsObject().Select(content => content.Key) ?? [])}"));
    }

    [JsonSerializable(typeof(string))]
    private sealed partial class KnownTypes : JsonSerializerContext;
}

[ApiController]
[Route("described")]
public sealed class DescribedController(ITaskGroup tasks) : ControllerBase
{
    [HttpGet("plain")]
    public string Plain() => tasks.Name;

    [HttpGet("own")]
    [ProducesResponseType<string>(StatusCodes.Status200OK)]
    [ProducesResponseType<string>(StatusCodes.Status503ServiceUnavailable)]
    public string Own() => tasks.Name;

    [HttpGet("disabled")]
    [DisableTaskGroup]
    public string Disabled() => tasks.Name;
}

[ApiController]
public sealed class UngroupedController : ControllerBase
{
    private readonly string _answer = "done";

    [HttpGet("/ungrouped")]
    public string Get() => _answer;

    [HttpGet("/attributed")]
    [TaskGroup(MaxConcurrency = 2)]
    public string Limited() => _answer;

    [HttpGet("/parameter")]
    public string Take([FromServices] ITaskGroup tasks) => tasks.Name + _answer;
}
