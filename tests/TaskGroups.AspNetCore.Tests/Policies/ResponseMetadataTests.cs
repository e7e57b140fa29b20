using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Routing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What OpenAPI is told of the answers that a group's end may give.</summary>
public sealed class ResponseMetadataTests
{
    // R29
    [Theory]
    [InlineData("/with", "503 ProblemDetails application/problem+json, 504 ProblemDetails application/problem+json")]
    [InlineData("/group/inner", "503 ProblemDetails application/problem+json, 504 ProblemDetails application/problem+json")]
    [InlineData("/own", "503 String text/plain, 504 ProblemDetails application/problem+json")]
    [InlineData("/own-before", "503 String text/plain, 504 ProblemDetails application/problem+json")]
    [InlineData("/plain", "")]
    [InlineData("/attribute-alone", "")]
    [InlineData("/group/disabled", "")]
    [InlineData("/group/disabled-by-attribute", "")]
    public async Task WithTaskGroup_SaysThatTheEndpointMayAnswer503And504(string path, string expected)
    {
        await using TestApp test = await StartAsync();

        var responses = test.App.Services.GetRequiredService<IApiDescriptionGroupCollectionProvider>()
            .ApiDescriptionGroups.Items.SelectMany(each => each.Items)
            .Single(each => $"/{each.RelativePath}" == path)
            .SupportedResponseTypes
            .Where(each => each.StatusCode >= 500)
            .OrderBy(each => each.StatusCode)
            .Select(each => $"{each.StatusCode} {each.Type?.Name} {Assert.Single(each.ApiResponseFormats).MediaType}");

        Assert.Equal(expected, string.Join(", ", responses));
    }

    // R29: the endings are not answered by this package, so it promises nothing.
    [Fact]
    public async Task WithTaskGroup_WithoutMapEndings_SaysNothing()
    {
        await using TestApp test = await StartAsync(
            builder => builder.Services.AddRequestTaskGroups(options => options.MapEndings = false));

        Assert.DoesNotContain(
            test.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.SelectMany(
                each => each.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>()),
            each => each.Type == typeof(ProblemDetails));
    }

    private static Task<TestApp> StartAsync(Action<WebApplicationBuilder>? configure = null) => TestApp.StartAsync(
        (app, _) =>
        {
            app.MapGet("/with", () => "done").WithTaskGroup().WithTaskGroup(TimeSpan.FromSeconds(2));
            app.MapGet("/own", () => "done").WithTaskGroup().Produces<string>(503, "text/plain");
            app.MapGet("/own-before", () => "done").Produces<string>(503, "text/plain").WithTaskGroup();
            app.MapGet("/plain", () => "done");
            app.MapGet("/attribute-alone", [TaskGroup] () => "done");
            RouteGroupBuilder group = app.MapGroup("/group").WithTaskGroup();
            group.MapGet("/inner", () => "done");
            group.MapGet("/disabled", () => "done").DisableTaskGroup();
            group.MapGet("/disabled-by-attribute", [DisableTaskGroup] () => "done");
        },
        builder =>
        {
            builder.Services.AddEndpointsApiExplorer();
            configure?.Invoke(builder);
        });
}
