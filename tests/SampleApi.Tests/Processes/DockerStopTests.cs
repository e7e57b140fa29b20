using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>What <c>docker stop</c> does: SIGTERM, ten seconds, SIGKILL.</summary>
public sealed class DockerStopTests : DeployTests
{
    private const int Orders = 20;

    // The group's default drain of 5 s + 2 s; a receipt of 9 s does not fit into the first phase, one of 3 s does.
    private static readonly (string Key, string Value) DefaultDrain = ("TaskGroups__Background__receipts__DrainTimeout", "00:00:05");

    [Theory]
    [InlineData("9", "3000", 0)]
    [InlineData("9", "9000", Orders)]
    [InlineData("30", "9000", Orders)]
    public async Task DockerStop_WhenRequestsEndWithin2Seconds_LosesNothing(string shutdownSeconds, string receiptMs, int expectedRecords)
    {
        const string Name = "stopped";
        await using SampleProcess shop = Start(
            Name,
            hook: null,
            ("Upstream__BaseAddress", UpstreamAddress.AbsoluteUri),
            ("ShutdownTimeoutSeconds", shutdownSeconds),
            ("Receipts__DelayMs", receiptMs),
            ("TaskGroups__Requests__Policies__page__Timeout", "00:00:10"), // a loaded machine must not end the page
            DefaultDrain);
        using HttpClient http = new() { BaseAddress = await shop.ListensAsync() };
        List<int> accepted = [];
        for (int product = 1; product <= Orders; product++)
        {
            using HttpResponseMessage order = await http.PostAsJsonAsync("/orders", new { productId = product, quantity = 1 })
                .WithWatchdog();
            accepted.Add((await order.Content.ReadFromJsonAsync<PlacedOrder>(Storefront.Json).WithWatchdog())!.Id);
        }

        Task<HttpResponseMessage> page = http.GetAsync("/products/7?slow=prices:1000");
        await UpstreamBeganAsync("/upstream/prices/7");
        bool endedByItself = await shop.DockerStopAsync();

        string log = string.Join(Environment.NewLine, shop.Lines.TakeLast(60));
        Assert.True(endedByItself, $"It was killed after 10 s:{Environment.NewLine}{log}");
        Assert.True(await shop.ExitAsync() == 0, log);
        Assert.Equal(expectedRecords, await AssertDoneOrRecordedAsync(Name, accepted, log));

        // With 9 s, what is left for requests beside the drain is less than the page takes: it is told to come again.
        using HttpResponseMessage answer = await page.WithWatchdog();
        Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable });
        Assert.True(shutdownSeconds == "9" || answer.StatusCode == HttpStatusCode.OK, log);
    }

    [Fact]
    public async Task Sigterm_WhenAChildIgnoresItsToken_NamesItInTheLastLines()
    {
        await using SampleProcess shop = Start(
            "stubborn",
            typeof(StubbornWork),
            (StubbornWork.Switch, "1"),
            ("TaskGroups__Background__receipts__DrainTimeout", "00:00:00.2"),
            ("TaskGroups__Background__receipts__CancelTimeout", "00:00:00.3"));
        await shop.ListensAsync();

        Assert.True(await shop.DockerStopAsync(), string.Join(Environment.NewLine, shop.Lines.TakeLast(60)));

        Assert.Contains(shop.Lines.TakeLast(5), line => line.Contains(StubbornWork.Name, StringComparison.Ordinal));
        Assert.Contains(shop.Lines, line => line.Contains(" ERR]", StringComparison.Ordinal)
            && line.Contains(StubbornWork.Name, StringComparison.Ordinal));
    }
}
