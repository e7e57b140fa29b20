using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>
/// What a deploy does to a storefront process: nothing that was accepted is lost. The services run in the process of the tests.
/// </summary>
public abstract class DeployTests : IClassFixture<Storefront>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-sigterm-");
    private readonly SqliteFiles _databases;

    private protected DeployTests(SqliteFiles databases, Storefront upstreams)
    {
        _databases = databases;
        Upstreams = upstreams;
        Upstreams.Start();
    }

    private protected Storefront Upstreams { get; }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Each accepted order is there, and each order has its receipt, or the record of unfinished work names it.
    /// </summary>
    /// <returns>How many are recorded.</returns>
    private protected async Task<int> AssertDoneOrRecordedAsync(string name, IReadOnlyCollection<int> accepted, string log)
    {
        string folder = PathOf(name);
        await using StorefrontDb db = new(new DbContextOptionsBuilder<StorefrontDb>()
            .UseSqlite($"Data Source={Path.Combine(folder, "shop.db")};Pooling=False").Options);
        Dictionary<int, Order> kept = await db.Orders.Where(order => order.Id > SampleData.OrderCount)
            .ToDictionaryAsync(order => order.Id).WithWatchdog();
        string receipts = Path.Combine(folder, "receipts");
        // The directory is made with the first receipt.
        string owed = Path.Combine(receipts, "owed");
        HashSet<int> recorded = Directory.Exists(owed) ? [.. Directory.GetFiles(owed, "order-*.json").Select(OrderIn)] : [];

        Assert.All(
            accepted,
            id => Assert.True(kept.ContainsKey(id), $"Order {id} was accepted and is not there.{Environment.NewLine}{log}"));
        foreach (Order order in kept.Values)
        {
            bool isDone = order.ReceiptSentAt is not null && File.Exists(Path.Combine(receipts, $"receipt-{order.Id}.json"));
            Assert.True(
                isDone || recorded.Contains(order.Id),
                $"Order {order.Id} has neither a receipt nor a record.{Environment.NewLine}{log}");
        }

        return recorded.Count;
    }

    private static int OrderIn(string file)
    {
        using JsonDocument record = JsonDocument.Parse(File.ReadAllText(file));
        return record.RootElement.GetProperty("orderId").GetInt32();
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Starts the sample in a folder of its own, with a filled database and the services of <see cref="Upstreams"/>.</summary>
    private protected SampleProcess Start(string name, Type? hook, params (string Key, string Value)[] settings)
    {
        string folder = Directory.CreateDirectory(PathOf(name)).FullName;
        return SampleProcess.Start(
            folder,
            new Dictionary<string, string>(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
            {
                ["ConnectionStrings__Storefront"] = _databases.NewDatabase(Path.Combine(folder, "shop.db")),
                ["Upstream__BaseAddress"] = Upstreams.Http.BaseAddress!.AbsoluteUri,
                ["Receipts__Directory"] = Path.Combine(folder, "receipts"),
            },
            hook,
            "--urls", "http://127.0.0.1:0",
            "--Serilog:MinimumLevel:Override:Microsoft.AspNetCore.Hosting.Diagnostics", "Information");
    }
}
