using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>The policy of the operators' pages, on an endpoint that stands for them.</summary>
public sealed class OperationsAccessTests
{
    [Theory]
    [InlineData("Production", "secret", "secret", HttpStatusCode.OK)]
    [InlineData("Production", "secret", null, HttpStatusCode.Forbidden)]
    [InlineData("Production", "secret", "", HttpStatusCode.Forbidden)]
    [InlineData("Production", "secret", "Secret", HttpStatusCode.Forbidden)]
    [InlineData("Production", "secret", "secret2", HttpStatusCode.Forbidden)]
    [InlineData("Production", "secret", "secret,secret", HttpStatusCode.Forbidden)]
    [InlineData("Production", null, null, HttpStatusCode.Forbidden)]
    [InlineData("Production", null, "", HttpStatusCode.Forbidden)]
    [InlineData("Production", null, "secret", HttpStatusCode.Forbidden)]
    [InlineData("Production", "", "", HttpStatusCode.Forbidden)]
    [InlineData("Production", " ", " ", HttpStatusCode.Forbidden)]
    [InlineData("Staging", "secret", null, HttpStatusCode.Forbidden)]
    [InlineData("Development", null, null, HttpStatusCode.OK)]
    [InlineData("Development", "secret", "wrong", HttpStatusCode.OK)]
    public async Task Policy_ForAKeyAndAHeader_OpensOrClosesThePage(string environment, string? key, string? header, HttpStatusCode status)
    {
        await using WebApplication app = await StartAsync(environment, key);
        using HttpClient http = new() { BaseAddress = new Uri(app.Urls.Single()) };
        using HttpRequestMessage request = new(HttpMethod.Get, "/page");
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation(OperationsAccess.Header, header);
        }

        using HttpResponseMessage response = await http.SendAsync(request).WithWatchdog();

        Assert.Equal(status, response.StatusCode);
        if (status == HttpStatusCode.Forbidden)
        {
            string body = await response.Content.ReadAsStringAsync().WithWatchdog();
            Assert.Contains(string.IsNullOrWhiteSpace(key) ? "Operations__Key" : "X-Operations-Key", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Policy_WhenTheHeaderComesTwice_ClosesThePage()
    {
        await using WebApplication app = await StartAsync("Production", "secret");
        using HttpClient http = new() { BaseAddress = new Uri(app.Urls.Single()) };
        using HttpRequestMessage request = new(HttpMethod.Get, "/page");
        request.Headers.Add(OperationsAccess.Header, ["secret", "secret"]);

        using HttpResponseMessage response = await http.SendAsync(request).WithWatchdog();

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    private static async Task<WebApplication> StartAsync(string environment, string? key)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Logging.ClearProviders();
        builder.Configuration["Operations:Key"] = key;
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddProblemDetails().AddOperations();
        WebApplication app = builder.Build();
        app.MapGet("/page", () => "open").RequireAuthorization(OperationsAccess.Policy);
        await app.StartAsync();
        return app;
    }
}
