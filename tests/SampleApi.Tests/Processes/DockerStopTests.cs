using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>What <c>docker stop</c> does: SIGTERM, ten seconds, SIGKILL.</summary>
public sealed class DockerStopTests(SqliteFiles databases, Storefront upstreams) : DeployTests(databases, upstreams)
{
    private const int Orders = 20;
    private const int WarmUp = 500;

    // The group's default drain of 5 s + 2 s; a receipt of 60 s does not fit into the first phase. One of 3 s does: ShutdownTests.
    private static readonly (string Key, string Value) DefaultDrain = ("TaskGroups__Background__receipts__DrainTimeout", "00:00:05");

    // A child that ignores its token takes all of the second phase; half a second leaves of the ten what a busy machine needs.
    private static readonly (string Key, string Value)[] Stubborn =
        [(StubbornWork.Switch, "1"), ("TaskGroups__Background__receipts__CancelTimeout", "00:00:00.5")];

    // The cases are mostly waiting: their ten seconds pass at the same time, after both have started.
    [Fact]
    public async Task DockerStop_WhenRequestsEndWithin2Seconds_LosesNothingAndNamesAChildThatIgnoresItsTokenInTheLastLines()
    {
        Gate placed = new(2);
        await Task.WhenAll(
            StopAsync(placed, page: 8, shutdownSeconds: "9", _ => { }, hook: null),
            StopAsync(placed, page: 9, shutdownSeconds: "30", AssertNamesStubbornWork, typeof(StubbornWork), Stubborn));
    }

    private static void AssertNamesStubbornWork(SampleProcess shop)
    {
        Assert.Contains(shop.Lines.TakeLast(5), line => line.Contains(StubbornWork.Name, StringComparison.Ordinal));
        Assert.Contains(shop.Lines, line => line.Contains(" ERR]", StringComparison.Ordinal)
            && line.Contains(StubbornWork.Name, StringComparison.Ordinal));
    }

    private async Task StopAsync(
        Gate placed,
        int page,
        string shutdownSeconds,
        Action<SampleProcess> assertMore,
        Type? hook,
        params (string Key, string Value)[] settings)
    {
        string name = $"shutdown of {shutdownSeconds} s";
        await using SampleProcess shop = Start(
            name,
            hook,
            [
                ("ShutdownTimeoutSeconds", shutdownSeconds),
                ("Receipts__DelayMs", "60000"),
                ("TaskGroups__Requests__Policies__page__Timeout", "00:00:10"), // a loaded machine must not end the page
                DefaultDrain,
                .. settings,
            ]);
        try
        {
            using HttpClient http = new() { BaseAddress = await shop.ListensAsync() };
            using HttpResponseMessage warm = await http.GetAsync($"/products/{WarmUp}").WithWatchdog();
            int[] accepted = await PlaceAsync(http);
            placed.Open();
            await placed.WaitAsync();

            Task<HttpResponseMessage> answer = http.GetAsync($"/products/{page}?slow=prices:1500");
            await Upstreams.RequestBeganAsync($"/upstream/prices/{page}");
            await AssertLosesNothingAsync(shop, name, accepted);
            assertMore(shop);

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

    private async Task AssertLosesNothingAsync(SampleProcess shop, string name, int[] accepted)
    {
        Assert.True(await shop.DockerStopAsync(), "It was killed after 10 s.");
        Assert.Equal(0, await shop.ExitAsync());
        Assert.Equal(Orders, await AssertDoneOrRecordedAsync(name, accepted, log: ""));
    }
}
