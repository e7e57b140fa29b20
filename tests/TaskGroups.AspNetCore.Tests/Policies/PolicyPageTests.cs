using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>The code that docs/policies.md shows, with what the page says of it.</summary>
public sealed class PolicyPageTests
{
    [Fact]
    public async Task Fluent_WhenLimitsAreSet_HoldAsThePageSays()
    {
        WebApplicationBuilder builder = NewBuilder();

        // <snippet: policies-fluent>
        builder.Services.AddRequestTaskGroups(options =>
        {
            options.DefaultPolicy = new RequestTaskGroupPolicy { MaxConcurrency = 32 };
            options.AddPolicy("reports", new RequestTaskGroupPolicy { Timeout = TimeSpan.FromSeconds(20), MaxConcurrency = 4 });
            options.AddPolicy("search", TimeSpan.FromMilliseconds(500));
        });

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseRequestTaskGroups();

        RouteGroupBuilder reports = app.MapGroup("/reports").WithTaskGroup("reports");
        reports.MapGet("/sales", (ITaskGroup tasks, Sales sales) => sales.ByRegionAsync(tasks)); // 20 s, 4 at a time
        reports.MapGet("/year", (ITaskGroup tasks, Sales sales) => sales.ByMonthAsync(tasks))
            .WithTaskGroup(TimeSpan.FromMinutes(1)); // 1 min, still 4 at a time
        reports.MapGet("/rows", (ITaskGroup tasks, Sales sales) => sales.RowsAsync(tasks))
            .DisableTaskGroup(); // no limits: the response itself uses the group
        // </snippet>

        using HttpClient client = await StartAsync(app);
        await using (app)
        {
            Assert.Equal("20000 4", Limits(app, "/reports/sales"));
            Assert.Equal("60000 4", Limits(app, "/reports/year"));
            Assert.Equal("- -", Limits(app, "/reports/rows"));
            Assert.Equal("[1,2]", await client.GetStringAsync("/reports/sales").WithWatchdog());
            Assert.Equal("[1]", await client.GetStringAsync("/reports/rows").WithWatchdog());
        }
    }

    [Fact]
    public async Task Attributes_WhenLimitsAreSet_HoldAsThePageSays()
    {
        WebApplicationBuilder builder = NewBuilder();
        builder.Services.AddControllers().AddApplicationPart(typeof(SalesController).Assembly);
        builder.Services.AddRequestTaskGroups(options => options.AddPolicy(
            "reports", new RequestTaskGroupPolicy { Timeout = TimeSpan.FromSeconds(20), MaxConcurrency = 4 }));
        WebApplication app = builder.Build();
        app.UseRequestTaskGroups();
        app.MapControllers();

        using HttpClient client = await StartAsync(app);
        await using (app)
        {
            Assert.Equal("20000 4", Limits(app, "sales"));
            Assert.Equal("20000 8", Limits(app, "sales/year"));
            Assert.Equal("- -", Limits(app, "sales/rows"));
            Assert.Equal("[1]", await client.GetStringAsync("/sales/rows").WithWatchdog());
        }
    }

    [Fact]
    public async Task Configuration_WhenLimitsAreSet_HoldAsThePageSays()
    {
        WebApplicationBuilder builder = NewBuilder();
        string page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "policies.md"));
        string json = page.Split("```json\n")[1].Split("```")[0];
        builder.Configuration.AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json)));

        // <snippet: policies-configuration>
        builder.Services.AddRequestTaskGroups(builder.Configuration.GetSection("TaskGroups:Requests"));
        // </snippet>

        WebApplication app = builder.Build();
        app.UseRequestTaskGroups();
        app.MapGet("/sales", () => "done").WithTaskGroup("reports");
        app.MapGet("/search", () => "done").WithTaskGroup("search");
        app.MapGet("/plain", () => "done").WithTaskGroup();

        using HttpClient client = await StartAsync(app);
        await using (app)
        {
            Assert.Equal("20000 4", Limits(app, "/sales"));
            Assert.Equal("500 32", Limits(app, "/search"));
            Assert.Equal("30000 32", Limits(app, "/plain"));
        }
    }

    // R27: request timeouts reach the group as well, through the request's token.
    [Theory]
    [InlineData("group")]
    [InlineData("handler")]
    public async Task RequestTimeouts_BesideTheGroupsLimit_EachLimitsItsOwn(string slow)
    {
        WebApplicationBuilder builder = NewBuilder();
        RecordingLogger log = new();
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton(new Prices(slow));

        // <snippet: policies-request-timeouts>
        builder.Services.AddProblemDetails();
        builder.Services.AddRequestTimeouts();
        builder.Services.AddRequestTaskGroups();

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseRequestTimeouts();
        app.UseRequestTaskGroups();

        app.MapGet("/prices/{id:int}", async (int id, ITaskGroup tasks, Prices prices, CancellationToken aborted) =>
        {
            Task<decimal> price = tasks.Run(ct => prices.GetAsync(id, ct));
            Task<decimal> rate = tasks.Run(ct => prices.GetRateAsync(ct));
            return await prices.RoundAsync(await price * await rate, aborted);
        })
        .WithTaskGroup(TimeSpan.FromSeconds(2))
        .WithRequestTimeout(TimeSpan.FromSeconds(3));
        // </snippet>

        using HttpClient client = await StartAsync(app);
        await using (app)
        {
            using HttpResponseMessage response = await client.GetAsync("/prices/1").WithWatchdog();

            Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
            LogEntry warning = Assert.Single(log.OfTaskGroups(LogLevel.Warning));
            Assert.Equal(slow == "group", warning.Message.Contains("prices.GetAsync", StringComparison.Ordinal));
        }
    }

    private static WebApplicationBuilder NewBuilder()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton<Sales>();
        return builder;
    }

    private static async Task<HttpClient> StartAsync(WebApplication app)
    {
        await app.StartAsync().WithWatchdog();
        return new HttpClient
        {
            BaseAddress = new Uri(
                app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()),
        };
    }

    private static string Limits(WebApplication app, string path)
    {
        RouteEndpoint endpoint = Assert.Single(
            app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>(),
            each => each.RoutePattern.RawText == path);
        GroupSettings group = app.Services.GetRequiredService<EndpointSettingsCache>().Of(endpoint).Group;
        return string.Create(
            CultureInfo.InvariantCulture, $"{(object?)group.Timeout?.TotalMilliseconds ?? "-"} {(object?)group.MaxConcurrency ?? "-"}");
    }

    private sealed class Prices(string slow)
    {
        public async Task<decimal> GetAsync(int id, CancellationToken cancellationToken)
        {
            await (slow == "group" ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.CompletedTask);
            return id;
        }

        public Task<decimal> GetRateAsync(CancellationToken cancellationToken) => Task.FromResult(slow.Length / 3m);

        public async Task<decimal> RoundAsync(decimal price, CancellationToken cancellationToken)
        {
            await (slow == "handler" ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.CompletedTask);
            return decimal.Round(price);
        }
    }
}

/// <summary>Reports that are put together by children.</summary>
public sealed class Sales
{
    private readonly int _first = 1;

    public Task<int[]> ByRegionAsync(ITaskGroup tasks) => tasks.AllAsync([_ => Task.FromResult(_first), _ => Task.FromResult(2)]);

    public Task<int[]> ByMonthAsync(ITaskGroup tasks) => ByRegionAsync(tasks);

    public async IAsyncEnumerable<int> RowsAsync(ITaskGroup tasks)
    {
        yield return await tasks.Run(_ => Task.FromResult(_first));
    }
}

// <snippet: policies-attributes>
[ApiController]
[Route("sales")]
[TaskGroup("reports")]
public sealed class SalesController(ITaskGroup tasks, Sales sales) : ControllerBase
{
    [HttpGet]
    public Task<int[]> ByRegion() => sales.ByRegionAsync(tasks);

    [HttpGet("year")]
    [TaskGroup(MaxConcurrency = 8)]
    public Task<int[]> ByMonth() => sales.ByMonthAsync(tasks);

    [HttpGet("rows")]
    [DisableTaskGroup]
    public IAsyncEnumerable<int> Rows() => sales.RowsAsync(tasks);
}
// </snippet>
