namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0004.</summary>
public sealed class RequestCaptureAnalyzerTests
{
    [Theory]
    [InlineData("_ = background.Run(ct => client.GetAsync([|context|].Request.Path.Value!.Length, ct));")]
    [InlineData("var request = context.Request; _ = background.Run(ct => client.GetAsync([|request|].Path.Value!.Length, ct));")]
    [InlineData("_ = background.Run(ct => [|tasks|].Run(inner => client.SaveAsync(inner)));")]
    [InlineData("_ = background.Run(ct => [|db|].SaveChangesAsync(ct));")]
    [InlineData("_ = background.Run(async ct => { await [|db|].SaveChangesAsync(ct); await db.SaveChangesAsync(ct); });")]
    [InlineData("await background.EnqueueAsync(ct => [|db|].SaveChangesAsync(ct));")]
    [InlineData("background.TryRun(ct => [|db|].SaveChangesAsync(ct));")]
    [InlineData("_ = background.RunPeriodic(TimeSpan.FromMinutes(1), ct => [|db|].SaveChangesAsync(ct));")]
    [InlineData("_ = background.Supervise(pipeline, ct => [|db|].SaveChangesAsync(ct));")]
    [InlineData("_ = background.RunScoped((IClient own, CancellationToken ct) => own.GetAsync([|db|].Orders.Count(), ct));")]
    public Task Background_WhenItCapturesWhatEndsWithTheRequest_IsReported(string statements) =>
        Verify<RequestCaptureAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("string path = context.Request.Path; _ = background.Run(ct => client.GetAsync(path.Length, ct));")]
    [InlineData("_ = background.RunScoped((ShopDb own, CancellationToken ct) => own.SaveChangesAsync(ct));")]
    [InlineData("await background.Run(ct => db.SaveChangesAsync(ct));")]
    [InlineData("_ = background.Run(ct => background.Run(inner => client.SaveAsync(inner)));")]
    [InlineData("_ = background.Run(ct => client.SaveAsync(ct));")]
    [InlineData("_ = background.Run(async ct => { await using var own = new ShopDb(); await own.SaveChangesAsync(ct); });")]
    [InlineData("_ = background.Run(ct => client.SaveAsync(ct), name: context.Request.Path);")]
    public Task Background_WhenItCapturesNoneOfIt_IsNotReported(string statements) =>
        Verify<RequestCaptureAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = tasks.Run(ct => db.SaveChangesAsync(ct));")]
    [InlineData("_ = tasks.Run(ct => client.GetAsync(context.Request.Path.Value!.Length, ct));")]
    public Task Child_WhenItBelongsToTheRequest_IsNotReported(string statements) =>
        Verify<RequestCaptureAnalyzer>.StatementsAsync(statements);

    [Fact]
    public Task Background_WhenItCapturesAControllerPageOrHub_IsReported() => Verify<RequestCaptureAnalyzer>.ProgramAsync("""
        #nullable enable
        public sealed class OrdersController(IClient client, IBackgroundTaskGroup background) : ControllerBase
        {
            private readonly int _limit = 3;

            public void Post(int id)
            {
                background.Run(ct => [|client|].GetAsync(id, ct));
                background.Run(ct => [|SaveAsync|](ct));
                background.Run(ct => Task.FromResult([|User|]));
                background.Run(ct => Task.Delay(_limit, ct));
                background.Run(ct => Task.FromResult(id));
            }

            private Task SaveAsync(CancellationToken ct) => client.SaveAsync(ct);
        }

        public sealed class ChatHub(IHubContext<ChatHub> hub, IBackgroundTaskGroup background) : Hub
        {
            public void Send(string text)
            {
                background.Run(ct => [|Clients|].All.SendAsync("said", text, ct));
                background.Run(ct => hub.Clients.All.SendAsync("said", text, ct));
            }
        }

        public sealed class IndexModel(ShopDb db, IBackgroundTaskGroup background) : Microsoft.AspNetCore.Mvc.RazorPages.PageModel
        {
            public void OnPost() => background.Run(ct => [|db|].SaveChangesAsync(ct));
        }
        """);

    [Fact]
    public Task Background_WhenAServiceUsesItsOwnContext_IsReported() => Verify<RequestCaptureAnalyzer>.ProgramAsync("""
        #nullable enable
        public sealed class Orders
        {
            private readonly ShopDb _db;
            private readonly IClient _client;
            private readonly IBackgroundTaskGroup _background;
            private readonly IServiceProvider _services;
            private readonly IHttpContextAccessor _accessor;

            public Orders(
                ShopDb db, IClient client, IBackgroundTaskGroup background, IServiceProvider services, IHttpContextAccessor accessor)
            {
                (_db, _client, _background, _services, _accessor) = (db, client, background, services, accessor);
            }

            public void Place()
            {
                _background.Run(ct => [|_db|].SaveChangesAsync(ct));
                _background.Run(ct => _client.SaveAsync(ct));
                _background.Run(ct => [|_services|].GetRequiredService<IClient>().SaveAsync(ct));
                _background.Run(ct => Task.FromResult([|_accessor.HttpContext|]!.Request));
                _background.Run(async ct =>
                {
                    await using AsyncServiceScope scope = _services.CreateAsyncScope();
                    await scope.ServiceProvider.GetRequiredService<IClient>().SaveAsync(ct);
                });
            }
        }
        """);

    [Fact]
    public Task Background_WhenTheProviderIsTheApplications_IsNotReported() => Verify<RequestCaptureAnalyzer>.ProgramAsync("""
        #nullable enable
        public sealed class Pump(IServiceProvider services, IBackgroundTaskGroup background) : BackgroundService
        {
            protected override async Task ExecuteAsync(CancellationToken stoppingToken)
            {
                await Task.Yield();
                _ = background.Run(ct => services.GetRequiredService<IClient>().SaveAsync(ct));
            }
        }

        public static class Seeding
        {
            public static void Start(WebApplication app, IServiceProvider services)
            {
                IBackgroundTaskGroup background = app.Services.GetRequiredService<IBackgroundTaskGroup>();
                background.Run(ct => app.Services.GetRequiredService<IClient>().SaveAsync(ct));
                background.Run(ct => services.GetRequiredService<IClient>().SaveAsync(ct));
            }
        }
        """);

    [Fact]
    public Task Background_WhenAnEndpointsProviderIsCaptured_IsReported() => Verify<RequestCaptureAnalyzer>.ProgramAsync("""
        #nullable enable
        public static class Endpoints
        {
            public static void Map(WebApplication app)
            {
                app.MapPost("/orders", (IServiceProvider services, IBackgroundTaskGroup background) =>
                {
                    background.Run(ct => [|services|].CreateScope().ServiceProvider.GetRequiredService<IClient>().SaveAsync(ct));
                });
                app.MapPost("/other", (HttpContext context, IBackgroundTaskGroup background) =>
                {
                    IServiceProvider services = context.RequestServices;
                    background.Run(ct => [|context|].RequestServices.GetRequiredService<IClient>().SaveAsync(ct));
                });
            }

            public static void Handle(IServiceProvider services, IBackgroundTaskGroup background) =>
                background.Run(ct => [|services|].GetRequiredService<IClient>().SaveAsync(ct));
        }
        """);

    [Fact]
    public Task Job_WhenItHoldsWhatEndsWithTheRequest_IsReported() => Verify<RequestCaptureAnalyzer>.ProgramAsync("""
        #nullable enable
        public sealed record Bad(int Id, HttpContext Context);

        public sealed record Good(int Id, string Path);

        public static class Endpoints
        {
            public static async Task PostAsync(HttpContext context, IJobs jobs, ShopDb db)
            {
                await jobs.EnqueueAsync([|new Bad(1, context)|]);
                await jobs.EnqueueAsync([|db|]);
                await jobs.EnqueueAsync(new Good(1, context.Request.Path));
            }
        }
        """);

    [Theory]
    [InlineData(
        "_ = background.Run(ct => [|db|].SaveChangesAsync(ct));",
        "_ = background.RunScoped((ShopDb db, CancellationToken ct) => db.SaveChangesAsync(ct));")]
    [InlineData(
        "_ = background.Run(async ct => { await [|db|].SaveChangesAsync(ct); await db.SaveChangesAsync(ct); });",
        "_ = background.RunScoped(async (ShopDb db, CancellationToken ct) => { await db.SaveChangesAsync(ct); await " +
        "db.SaveChangesAsync(ct); });")]
    public Task Fix_WhenADbContextIsCaptured_GivesTheChildItsOwn(string statements, string @fixed) =>
        Verify<RequestCaptureAnalyzer>.FixStatementsAsync<RunScopedFix>(statements, @fixed);

    [Fact]
    public Task Fix_WhenAFieldIsCaptured_NamesTheParameterAfterIt() => Verify<RequestCaptureAnalyzer>.FixProgramAsync<RunScopedFix>(
        """
        public sealed class Orders(ShopDb db, IBackgroundTaskGroup background)
        {
            private readonly ShopDb _db = db;

            public void Place() => background.Run(ct => [|_db|].SaveChangesAsync(ct));
        }
        """,
        """
        public sealed class Orders(ShopDb db, IBackgroundTaskGroup background)
        {
            private readonly ShopDb _db = db;

            public void Place() => background.RunScoped((ShopDb db, CancellationToken ct) => db.SaveChangesAsync(ct));
        }
        """);

    [Fact]
    public Task Fix_WhenSomethingElseIsCaptured_IsNotOffered()
    {
        const string Statements = "_ = background.Run(ct => client.GetAsync([|context|].Request.Path.Value!.Length, ct));";

        return Verify<RequestCaptureAnalyzer>.FixStatementsAsync<RunScopedFix>(Statements, Statements);
    }
}
