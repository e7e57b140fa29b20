using System.Net;
using Microsoft.EntityFrameworkCore;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>Two releases of the sample side by side on one database, with durable jobs: as during a rollout.</summary>
public sealed class RolloutTests(PostgresServer postgres) : IDisposable
{
    private const int Orders = 10;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-rollout-");

    public void Dispose() => _folder.Delete(recursive: true);

    // The old release does not know the job of the next one, and stops with every receipt that it has begun unwritten.
    [Fact]
    public async Task Rollout_WhenTheOldReleaseStopsInTheMiddle_LosesNoReceiptAndLeavesItTheJobsThatItKnows()
    {
        string database = postgres.NewDatabase();
        await using SampleProcess old = Start(database, receiptMs: "600000");
        using HttpClient oldHttp = new() { BaseAddress = await old.ListensAsync() };
        await HasJoinedAsync(old);
        List<int> accepted = [.. await PlaceAsync(oldHttp)];
        await old.LinesAsync(line => line.Contains(" starts: attempt 1", StringComparison.Ordinal), Orders);

        await using SampleProcess next = Start(database, receiptMs: "0", typeof(NextRelease), (NextRelease.Switch, "1"));
        using HttpClient nextHttp = new() { BaseAddress = await next.ListensAsync() };
        await HasJoinedAsync(next);
        accepted.AddRange(await PlaceAsync(nextHttp));
        accepted.AddRange(await PlaceAsync(oldHttp));
        await next.LinesAsync(line => line.Contains(NextRelease.Thanked, StringComparison.Ordinal), NextRelease.Count);

        old.Terminate();
        int exitCode = await old.ExitAsync();
        await next.LinesAsync(line => line.Contains("The receipt of order", StringComparison.Ordinal), accepted.Count);

        string log = string.Join(Environment.NewLine, old.Lines);
        Assert.True(exitCode == 0, $"Exit code {exitCode}:{Environment.NewLine}{log}");
        Assert.True(old.Lines.Count(line => line.Contains("was handed back", StringComparison.Ordinal)) >= Orders, log);
        Assert.DoesNotContain(NextRelease.Thanked, log, StringComparison.Ordinal);
        Assert.DoesNotContain(" ERR]", log, StringComparison.Ordinal);
        await AssertSentAsync(database, accepted);

        next.Terminate();
        Assert.Equal(0, await next.ExitAsync());
    }

    private async Task AssertSentAsync(string database, IReadOnlyCollection<int> accepted)
    {
        await using StorefrontDb db = new(new DbContextOptionsBuilder<StorefrontDb>().UseNpgsql(database).Options);
        Order[] kept = await db.Orders.Where(order => order.Id > SampleData.OrderCount).ToArrayAsync().WithWatchdog();
        Assert.Equal(accepted.Order(), kept.Select(order => order.Id).Order());
        Assert.All(kept, order => Assert.NotNull(order.ReceiptSentAt));
        Assert.All(kept, order => Assert.True(File.Exists(Path.Combine(_folder.FullName, "receipts", $"receipt-{order.Id}.json"))));
    }

    // An order is refused until the tables of the jobs are there.
    private static Task HasJoinedAsync(SampleProcess release) =>
        release.LinesAsync(line => line.Contains(" has joined its cluster", StringComparison.Ordinal));

    private static async Task<int[]> PlaceAsync(HttpClient http)
    {
        int[] placed = new int[Orders];
        for (int i = 0; i < Orders; i++)
        {
            using HttpResponseMessage answer = await http.PostAsJsonAsync("/orders", new { productId = i + 1, quantity = 1 })
                .WithWatchdog();
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            placed[i] = (await answer.Content.ReadFromJsonAsync<PlacedOrder>(Storefront.Json).WithWatchdog())!.Id;
        }

        return placed;
    }

    private SampleProcess Start(string database, string receiptMs, Type? hook = null, params (string Key, string Value)[] settings) =>
        SampleProcess.Start(
            _folder.FullName,
            new Dictionary<string, string>(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
            {
                ["ConnectionStrings__Storefront"] = database,
                ["Jobs__Engine"] = "Quartz",
                ["Serilog__MinimumLevel__Override__TaskGroups"] = "Debug",
                ["Receipts__DelayMs"] = receiptMs,
                ["Receipts__Directory"] = Path.Combine(_folder.FullName, "receipts"),
                ["TaskGroups__Background__receipts__DrainTimeout"] = "00:00:00.2",
            },
            hook,
            "--urls", "http://127.0.0.1:0");
}
