using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using TaskGroups.Testing;

namespace SampleApi.Tests;

public abstract class HttpTests(TestDatabase database) : StorefrontTests(database)
{
    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_WhenAllIsWell_IsHealthy(string path) =>
        Assert.Equal("Healthy", await Http.GetStringAsync(path).WithWatchdog());

    [Fact]
    public async Task StartPage_Always_LinksWhatTheSampleShows()
    {
        // One of the links is an export, which asks for the prices that other tests count.
        await using Storefront shop = new() { ConnectionString = NewDatabase() };
        shop.Start();
        string html = await shop.Http.GetStringAsync("/").WithWatchdog();

        string[] links = [.. Regex.Matches(html, "href=\"([^\"]+)\"").Select(match => WebUtility.HtmlDecode(match.Groups[1].Value))];
        Assert.True(links.Length >= 12, html);
        foreach (string link in links)
        {
            using HttpResponseMessage response = await shop.Http.GetAsync(link).WithWatchdog();
            Assert.True(response.StatusCode != HttpStatusCode.NotFound, $"{link} leads nowhere.");
        }
    }

    [Fact]
    public async Task UnknownRoute_Always_Answers404WithAProblem()
    {
        using HttpResponseMessage response = await Http.GetAsync("/nowhere").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.NotFound, response);
    }

    [Fact]
    public async Task KnownRoute_WithAnotherMethod_Answers405WithAProblem()
    {
        using HttpResponseMessage response = await Http.DeleteAsync("/products/1").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.MethodNotAllowed, response);
    }

    [Fact]
    public async Task OpenApi_Always_DescribesWhatTheHttpFileCalls()
    {
        JsonElement paths = (await Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json").WithWatchdog()).GetProperty("paths");

        string calls = await File.ReadAllTextAsync(Repository.PathOf("sample-api.http")).WithWatchdog();
        Assert.Equal(13, paths.EnumerateObject().Count());
        Assert.All(
            paths.EnumerateObject(),
            path => Assert.Matches(Regex.Escape("{{host}}" + path.Name).Replace(@"\{id}", "[0-9]+", StringComparison.Ordinal), calls));
    }
}

public sealed class SqliteHttpTests(SqliteFiles database) : HttpTests(database);

public sealed class PostgresHttpTests(PostgresServer database) : HttpTests(database);
