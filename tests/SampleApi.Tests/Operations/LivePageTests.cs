using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>Who may open the live page of the sample.</summary>
public sealed class LivePageTests(SqliteFiles databases)
{
    [Theory]
    [InlineData("Development", null, null, HttpStatusCode.OK)]
    [InlineData("Production", null, "secret", HttpStatusCode.Forbidden)]
    [InlineData("Production", "secret", "wrong", HttpStatusCode.Forbidden)]
    [InlineData("Production", "secret", "secret", HttpStatusCode.OK)]
    public async Task LivePage_ForAnEnvironmentAndAKey_IsOpenOrClosed(
        string environment, string? key, string? header, HttpStatusCode status)
    {
        await using Storefront shop = new()
        {
            ConnectionString = databases.NewDatabase(),
            Settings = { ["environment"] = environment },
        };
        if (key is not null)
        {
            shop.Settings["Operations:Key"] = key;
        }

        shop.Start();
        using HttpRequestMessage request = new(HttpMethod.Get, "/taskgroups/text");
        if (header is not null)
        {
            request.Headers.Add(OperationsAccess.Header, header);
        }

        using HttpResponseMessage response = await shop.Http.SendAsync(request).WithWatchdog();

        Assert.Equal(status, response.StatusCode);
        string text = await response.Content.ReadAsStringAsync().WithWatchdog();
        Assert.Equal(status == HttpStatusCode.OK, text.Contains("[background] receipts", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Development", HttpStatusCode.OK)]
    [InlineData("Production", HttpStatusCode.Forbidden)]
    public async Task Jobs_ForAnEnvironment_AreOpenOrClosed(string environment, HttpStatusCode status)
    {
        await using Storefront shop = new()
        {
            ConnectionString = databases.NewDatabase(),
            Settings = { ["environment"] = environment },
        };
        shop.Start();

        using HttpResponseMessage response = await shop.Http.GetAsync("/jobs").WithWatchdog();

        Assert.Equal(status, response.StatusCode);
    }
}
