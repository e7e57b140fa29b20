using System.Net;
using System.Text.Json;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>
/// What the storefront promises, the same on every database. Each test uses a product of its own, so that calls are told apart.
/// </summary>
public abstract class StorefrontTests(TestDatabase database) : IAsyncLifetime
{
    private Storefront? _storefront;

    /// <summary>The storefront that all tests of a database share.</summary>
    private protected Storefront Shop => _storefront!;

    private protected HttpClient Http => Shop.Http;

    public ValueTask InitializeAsync()
    {
        _storefront = database.Shop;
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The connection string of a filled database that no other test uses.</summary>
    private protected string NewDatabase() => database.NewDatabase();

    /// <summary>The connection string of a database that does not exist yet.</summary>
    private protected string NewName() => database.NewName();

    internal static async Task AssertProblemAsync(HttpStatusCode status, HttpResponseMessage response)
    {
        string body = await response.Content.ReadAsStringAsync().WithWatchdog();
        Assert.True(status == response.StatusCode, $"Expected {status}, got {response.StatusCode}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using JsonDocument problem = JsonDocument.Parse(body);
        Assert.Equal((int)status, problem.RootElement.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrEmpty(problem.RootElement.GetProperty("title").GetString()));
    }
}
