using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>
/// Real processes and a real SIGTERM: what was begun is answered, what was accepted is done (R33-R35). The services run in this process.
/// </summary>
public sealed class ShutdownTests(PostgresServer postgres, SqliteFiles files, Storefront upstreams) : IClassFixture<Storefront>, IDisposable
{
    private const int Pages = 10;
    private const int Orders = 20;
    private const int WarmUp = 500;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-shutdown-");

    public enum Moment
    {
        FirstPageBegan,
        AllPagesBegan,
        FirstOrderAccepted,
        AllOrdersAccepted,
        FirstReceiptWritten,
    }

    [Theory]
    [InlineData(Moment.FirstPageBegan)]
    [InlineData(Moment.AllPagesBegan)]
    [InlineData(Moment.FirstOrderAccepted)]
    [InlineData(Moment.AllOrdersAccepted)]
    [InlineData(Moment.FirstReceiptWritten)]
    public Task Sigterm_OnSqlite_FinishesWhatWasBegunAndAccepted(Moment moment)
    {
        string database = files.NewDatabase();
        return TerminateAsync(moment, database, new DbContextOptionsBuilder<StorefrontDb>().UseSqlite(database).Options);
    }

    // The moments in which the database has work under way: it stores orders, and marks those whose receipt is written.
    [Theory]
    [InlineData(Moment.FirstOrderAccepted)]
    [InlineData(Moment.FirstReceiptWritten)]
    public Task Sigterm_OnPostgres_FinishesWhatWasBegunAndAccepted(Moment moment)
    {
        string database = postgres.NewDatabase();
        return TerminateAsync(moment, database, new DbContextOptionsBuilder<StorefrontDb>().UseNpgsql(database).Options);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task TerminateAsync(Moment moment, string database, DbContextOptions<StorefrontDb> options)
    {
        upstreams.Start();
        await using SampleProcess storefront = Start(
            ("ConnectionStrings__Storefront", database),
            ("Upstream__BaseAddress", upstreams.Http.BaseAddress!.AbsoluteUri),
            ("Receipts__Directory", PathOf("receipts")),
            ("Receipts__DelayMs", moment == Moment.FirstReceiptWritten ? "100" : "1000"));
        using HttpClient http = new() { BaseAddress = await storefront.ListensAsync() };
        using HttpResponseMessage warm = await http.GetAsync($"/products/{WarmUp}").WithWatchdog();

        Task<HttpStatusCode?>[] pages = [.. Enumerable.Range(1, Pages)
            .Select(id => AnswerAsync(http.GetAsync($"/products/{id}?slow=prices:800")))];
        Task<HttpStatusCode?>[] orders = [.. Enumerable.Range(1, Orders)
            .Select(id => AnswerAsync(http.PostAsJsonAsync("/orders", new { productId = id, quantity = 1 })))];
        await (moment switch
        {
            Moment.FirstPageBegan => storefront.LinesAsync(BeganAt("/products/"), 1 + 1),
            Moment.AllPagesBegan => storefront.LinesAsync(BeganAt("/products/"), 1 + Pages),
            Moment.FirstOrderAccepted => Task.WhenAny(orders).WithWatchdog(),
            Moment.AllOrdersAccepted => Task.WhenAll(orders).WithWatchdog(),
            _ => storefront.LinesAsync(line => line.Contains("The receipt of order", StringComparison.Ordinal)),
        });

        long terminated = Stopwatch.GetTimestamp();
        storefront.Terminate();

        HttpStatusCode[] answeredPages = Answered(await Task.WhenAll(pages).WithWatchdog());
        HttpStatusCode[] answeredOrders = Answered(await Task.WhenAll(orders).WithWatchdog());
        int exitCode = await storefront.ExitAsync();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(terminated);
        string log = string.Join(Environment.NewLine, storefront.Lines);

        Assert.True(exitCode == 0, $"Exit code {exitCode}:{Environment.NewLine}{log}");
        Assert.True(elapsed < TimeSpan.FromSeconds(10), $"Took {elapsed}.");
        Assert.True(storefront.Lines.Count(BeganAt("/products/")) - 1 == answeredPages.Length, log);
        // On a busy machine a page may reach its own limit of 2 s; that is an answer as well.
        Assert.All(answeredPages, status => Assert.Contains(status, new[] { HttpStatusCode.OK, HttpStatusCode.GatewayTimeout }));
        Assert.True(storefront.Lines.Count(BeganAt("/orders")) == answeredOrders.Length, log);
        Assert.All(answeredOrders, status => Assert.Equal(HttpStatusCode.Accepted, status));
        Assert.DoesNotContain(" ERR]", log, StringComparison.Ordinal);
        Assert.DoesNotContain(" FTL]", log, StringComparison.Ordinal);

        await using StorefrontDb db = new(options);
        Order[] kept = await db.Orders.Where(order => order.Id > SampleData.OrderCount).ToArrayAsync().WithWatchdog();
        Assert.Equal(answeredOrders.Length, kept.Length);
        Assert.All(kept, order => Assert.NotNull(order.ReceiptSentAt));
        Assert.Equal(
            kept.Select(order => $"receipt-{order.Id}.json").Order(),
            Directory.GetFiles(PathOf("receipts")).Select(Path.GetFileName).Order());
    }

    private static Func<string, bool> BeganAt(string path) =>
        line => line.Contains("Request starting", StringComparison.Ordinal) && line.Contains(path, StringComparison.Ordinal);

    // A server that is about to stop may refuse a request. Null says that it did; what it had begun, it must answer.
    private static async Task<HttpStatusCode?> AnswerAsync(Task<HttpResponseMessage> request)
    {
        try
        {
            using HttpResponseMessage response = await request;
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static HttpStatusCode[] Answered(HttpStatusCode?[] answers) => [.. answers.OfType<HttpStatusCode>()];

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private SampleProcess Start(params (string Key, string Value)[] settings) => SampleProcess.Start(
        _folder.FullName,
        settings.ToDictionary(setting => setting.Key, setting => setting.Value),
        "--urls", "http://127.0.0.1:0",
        "--Serilog:MinimumLevel:Override:Microsoft.AspNetCore.Hosting.Diagnostics", "Information");
}
