using System.Net;
using System.Text.Json;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>
/// What the storefront promises, the same on every database. Each test uses a product of its own, so that calls are told apart.
/// </summary>
public abstract partial class StorefrontTests : IAsyncLifetime
{
    private Storefront? _storefront;

    private protected Storefront Shop => _storefront!;

    private protected HttpClient Http => Shop.Http;

    /// <summary>The class's storefront; skips the test if its database is missing.</summary>
    private protected abstract Storefront Open();

    /// <summary>The connection string of a database that nobody uses yet.</summary>
    private protected abstract string NewDatabase();

    public ValueTask InitializeAsync()
    {
        _storefront = Open();
        _storefront.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected static async Task AssertProblemAsync(HttpStatusCode status, HttpResponseMessage response)
    {
        string body = await response.Content.ReadAsStringAsync().WithWatchdog();
        Assert.True(status == response.StatusCode, $"Expected {status}, got {response.StatusCode}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using JsonDocument problem = JsonDocument.Parse(body);
        Assert.Equal((int)status, problem.RootElement.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrEmpty(problem.RootElement.GetProperty("title").GetString()));
    }
}
