using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>What <c>docker stop</c> does: SIGTERM, ten seconds, SIGKILL.</summary>
public sealed class DockerStopTests(SqliteFiles databases, Storefront upstreams) : DeployTests(databases, upstreams)
{
    private const int Orders = 20;
    private const int WarmUp = 500;

    // The group's default drain of 5 s + 2 s; a receipt of 9 s does not fit into the first phase, one of 3 s does.
    private static readonly (string Key, string Value) DefaultDrain = ("TaskGroups__Background__receipts__DrainTimeout", "00:00:05");

    // The cases are mostly waiting: their ten seconds pass at the same time, after all three have started.
    [Fact]
    public async Task DockerStop_WhenRequestsEndWithin2Seconds_LosesNothing()
    {
        Gate placed = new(3);
        await Task.WhenAll(
            StopAsync(placed, page: 7, shutdownSeconds: "9", receiptMs: "3000", expectedRecords: 0),
            StopAsync(placed, page: 8, shutdownSeconds: "9", receiptMs: "9000", expectedRecords: Orders),
            StopAsync(placed, page: 9, shutdownSeconds: "30", receiptMs: "9000", expectedRecords: Orders));
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

    private async Task StopAsync(Gate placed, int page, string shutdownSeconds, string receiptMs, int expectedRecords)
    {
        string name = $"shutdown of {shutdownSeconds} s, receipts of {receiptMs} ms";
        await using SampleProcess shop = Start(
            name,
            hook: null,
            ("ShutdownTimeoutSeconds", shutdownSeconds),
            ("Receipts__DelayMs", receiptMs),
            ("TaskGroups__Requests__Policies__page__Timeout", "00:00:10"), // a loaded machine must not end the page
            DefaultDrain);
        try
        {
            using HttpClient http = new() { BaseAddress = await shop.ListensAsync() };
            using HttpResponseMessage warm = await http.GetAsync($"/products/{WarmUp}").WithWatchdog();
            int[] accepted = await PlaceAsync(http);
            placed.Open();
            await placed.WaitAsync();

            Task<HttpResponseMessage> answer = http.GetAsync($"/products/{page}?slow=prices:1500");
            await Upstreams.RequestBeganAsync($"/upstream/prices/{page}");
            await AssertLosesNothingAsync(shop, name, accepted, expectedRecords);

            // With 9 s, what is left for requests beside the drain is less than the page takes: it is told to come again.
            using HttpResponseMessage answered = await answer.WithWatchdog();
            Assert.Contains(answered.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable });
            Assert.True(shutdownSeconds == "9" || answered.StatusCode == HttpStatusCode.OK, $"{answered.StatusCode}");
        }
        catch (Exception e)
        {
            placed.Open();
            string log = string.Join(Environment.NewLine, shop.Lines.TakeLast(60));
            throw new InvalidOperationException($"{name}: {e.Message}{Environment.NewLine}{log}", e);
        }
    }

    private static async Task<int[]> PlaceAsync(HttpClient http)
    {
        int[] accepted = new int[Orders];
        for (int i = 0; i < Orders; i++)
        {
            using HttpResponseMessage order = await http.PostAsJsonAsync("/orders", new { productId = i + 1, quantity = 1 })
                .WithWatchdog();
            accepted[i] = (await order.Content.ReadFromJsonAsync<PlacedOrder>(Storefront.Json).WithWatchdog())!.Id;
        }

        return accepted;
    }

    private async Task AssertLosesNothingAsync(SampleProcess shop, string name, int[] accepted, int expectedRecords)
    {
        Assert.True(await shop.DockerStopAsync(), "It was killed after 10 s.");
        Assert.Equal(0, await shop.ExitAsync());
        Assert.Equal(expectedRecords, await AssertDoneOrRecordedAsync(name, accepted, log: ""));
    }
}
