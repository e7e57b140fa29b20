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

    // On a busy machine a page may reach its own limit of 2 s; that is an answer as well.
    private static readonly HttpStatusCode[] Answers = [HttpStatusCode.OK, HttpStatusCode.GatewayTimeout];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-shutdown-");

    public enum Moment
    {
        FirstPageBegan,
        AllPagesBegan,
        FirstOrderAccepted,
        AllOrdersAccepted,
        FirstReceiptWritten,
    }

    // Each start of the sample costs seconds of the processor: one stop proves several facts, and each test is named after its own.
    [Theory]
    [InlineData(Moment.AllPagesBegan)]
    [InlineData(Moment.FirstOrderAccepted)]
    [InlineData(Moment.AllOrdersAccepted)]
    [InlineData(Moment.FirstReceiptWritten)]
    public Task Sigterm_OnSqlite_FinishesWhatWasBegunAndAccepted(Moment moment) => TerminateOnSqliteAsync(moment, Answers);

    [Fact]
    public Task Sigterm_AtTheFirstPageWhenTheTelemetryEndpointDoesNotAnswer_FinishesAllAndEndsInTime() => TerminateOnSqliteAsync(
        Moment.FirstPageBegan,
        Answers,
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));

    // The first of the cases of DockerStopTests: receipts that fit into the group's default drain, and a timeout that fits into 10 s.
    [Fact]
    public Task Sigterm_AtTheLastOrderWithAShutdownTimeoutOf9Seconds_FinishesAllBeforeDockerKills() => TerminateOnSqliteAsync(
        Moment.AllOrdersAccepted,
        [.. Answers, HttpStatusCode.ServiceUnavailable], // the grace that 9 s leave to requests may be over
        ("ShutdownTimeoutSeconds", "9"),
        ("Receipts__DelayMs", "3000"),
        ("TaskGroups__Background__receipts__DrainTimeout", "00:00:05"));

    // The moment in which the database stores orders, and has yet to mark those whose receipt is written. The last telemetry is sent when
    // the process ends.
    [Fact]
    public async Task Sigterm_OnPostgresWithATelemetryEndpoint_FinishesAllAndSendsTracesMetricsAndLogs()
    {
        string database = postgres.NewDatabase();
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using SampleProcess shop = Start(
            Moment.FirstOrderAccepted,
            database,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SERVICE_NAME", "shop-under-test"));

        await TerminateAsync(
            shop, Moment.FirstOrderAccepted, Answers, new DbContextOptionsBuilder<StorefrontDb>().UseNpgsql(database).Options);

        // A span of the request, of a call to a service, of a query; who sends them.
        await receiver.ReceivedAsync("traces", "GET /products/{id:int:min(1)}");
        await receiver.ReceivedAsync("traces", $"/upstream/stock/{WarmUp}");
        await receiver.ReceivedAsync("traces", "Npgsql");
        await receiver.ReceivedAsync("metrics", "http.server.request.duration");
        await receiver.ReceivedAsync("metrics", "http.client.request.duration");
        await receiver.ReceivedAsync("logs", $"/products/{WarmUp}");
        foreach (string signal in new[] { "traces", "metrics", "logs" })
        {
            await receiver.ReceivedAsync(signal, "shop-under-test");
        }

        // What sends is not itself traced, or each batch would be the reason for another one.
        Assert.DoesNotContain("/v1/logs", receiver.Received("traces"), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task TerminateOnSqliteAsync(Moment moment, HttpStatusCode[] answers, params (string Key, string Value)[] settings)
    {
        string database = files.NewDatabase();
        await using SampleProcess shop = Start(moment, database, settings);
        await TerminateAsync(shop, moment, answers, OnSqlite(database));
    }

    private async Task TerminateAsync(
        SampleProcess storefront, Moment moment, HttpStatusCode[] answers, DbContextOptions<StorefrontDb> options)
    {
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
        Assert.All(answeredPages, status => Assert.Contains(status, answers));
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

    private static DbContextOptions<StorefrontDb> OnSqlite(string database) =>
        new DbContextOptionsBuilder<StorefrontDb>().UseSqlite(database).Options;

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

    private SampleProcess Start(Moment moment, string database, params (string Key, string Value)[] settings)
    {
        upstreams.Start();
        Dictionary<string, string> all = new()
        {
            ["ConnectionStrings__Storefront"] = database,
            ["Upstream__BaseAddress"] = upstreams.Http.BaseAddress!.AbsoluteUri,
            ["Receipts__Directory"] = PathOf("receipts"),
            ["Receipts__DelayMs"] = moment == Moment.FirstReceiptWritten ? "100" : "1000",
        };
        foreach ((string key, string value) in settings)
        {
            all[key] = value;
        }

        return SampleProcess.Start(
            _folder.FullName,
            all,
            "--urls", "http://127.0.0.1:0",
            "--Serilog:MinimumLevel:Override:Microsoft.AspNetCore.Hosting.Diagnostics", "Information");
    }
}
