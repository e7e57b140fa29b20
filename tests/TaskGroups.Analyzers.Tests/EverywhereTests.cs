namespace TaskGroups.Analyzers.Tests;

/// <summary>
/// What holds for each rule whatever the program, shown by one program each: in generated code and where a pragma disables it the rule
/// reports nothing, and its fix can be applied to all of a document, a project and a solution. All other tests leave this out.
/// </summary>
public sealed class EverywhereTests
{
    private static readonly Dictionary<string, Func<Task>> Programs = new()
    {
        [nameof(BlockingAnalyzer)] = () => Verify<BlockingAnalyzer>.FixEverywhereAsync<AwaitInsteadOfBlockingFix>(
            Shop.Method("[|tasks.Run(ct => client.SaveAsync(ct)).Wait()|];"),
            Shop.Method("await tasks.Run(ct => client.SaveAsync(ct));")),
        [nameof(DeadlockAnalyzer)] = () => Verify<DeadlockAnalyzer>.EverywhereAsync(
            Shop.Method("Task child = null!; child = tasks.Run(async ct => await [|child|]);")),
        [nameof(EarlyReturnAnalyzer)] = () => Verify<EarlyReturnAnalyzer>.FixEverywhereAsync<AwaitFix>(
            Shop.Method("_ = tasks.Run(async ct => [|client.SaveAsync(ct)|]);"),
            Shop.Method("_ = tasks.Run(async ct => await client.SaveAsync(ct));")),
        [nameof(EndpointGroupAnalyzer)] = () => Verify<EndpointGroupAnalyzer>.FixEverywhereAsync<WithTaskGroupFix>(
            Application("app.[|MapGet|](\"/\", (ITaskGroup tasks) => 1);"),
            Application("app.MapGet(\"/\", (ITaskGroup tasks) => 1).WithTaskGroup();")),
        [nameof(EscapedGroupAnalyzer)] = () => Verify<EscapedGroupAnalyzer>.EverywhereAsync(
            Shop.Method("_ = Task.Run(() => [|tasks|].Run(ct => client.SaveAsync(ct)));")),
        [nameof(LongLivedGroupAnalyzer)] = () => Verify<LongLivedGroupAnalyzer>.FixEverywhereAsync<BackgroundGroupFix>(
            Service("ITaskGroup [|tasks|]"),
            Service("IBackgroundTaskGroup tasks")),
        [nameof(MiddlewareOrderAnalyzer)] = () => Verify<MiddlewareOrderAnalyzer>.FixEverywhereAsync<RemoveMiddlewareFix>(
            Application("app.UseRequestTaskGroups(); app.UseAuthorization().[|UseRequestTaskGroups|]();"),
            Application("app.UseRequestTaskGroups(); app.UseAuthorization();")),
        [nameof(RaceAnalyzer)] = () => Verify<RaceAnalyzer>.FixEverywhereAsync<RaceFix>(
            Shop.Method(
                "_ = await await Task.[|WhenAny|](tasks.Run(ct => client.GetAsync(1, ct)), tasks.Run(ct => client.GetAsync(2, ct)));"),
            Shop.Method("_ = await tasks.RaceAsync(ct => client.GetAsync(1, ct), ct => client.GetAsync(2, ct));")),
        [nameof(RequestCaptureAnalyzer)] = () => Verify<RequestCaptureAnalyzer>.FixEverywhereAsync<RunScopedFix>(
            Shop.Method("_ = background.Run(ct => [|db|].SaveChangesAsync(ct));"),
            Shop.Method("_ = background.RunScoped((ShopDb db, CancellationToken ct) => db.SaveChangesAsync(ct));")),
        [nameof(SequentialAnalyzer)] = () => Verify<SequentialAnalyzer>.FixEverywhereAsync<StartFirstFix>(
            Shop.Method("""
                var one = await tasks.Run(ct => client.GetAsync(1, ct));
                var two = [|await tasks.Run(ct => client.GetAsync(2, ct))|];
                """),
            Shop.Method("""
                var oneTask = tasks.Run(ct => client.GetAsync(1, ct));
                var twoTask = tasks.Run(ct => client.GetAsync(2, ct));
                var one = await oneTask;
                var two = await twoTask;
                """)),
        [nameof(SharedContextAnalyzer)] = () => Verify<SharedContextAnalyzer>.FixEverywhereAsync<RunScopedFix>(
            Shop.Method("_ = tasks.Run(ct => db.SaveChangesAsync(ct)); _ = tasks.Run(ct => [|db|].SaveChangesAsync(ct));"),
            Shop.Method(
                "_ = tasks.Run(ct => db.SaveChangesAsync(ct)); "
                + "_ = tasks.RunScoped((ShopDb db, CancellationToken ct) => db.SaveChangesAsync(ct));")),
        [nameof(SwallowedCancellationAnalyzer)] = () => Verify<SwallowedCancellationAnalyzer>.FixEverywhereAsync<CancellationFilterFix>(
            Shop.Method("_ = tasks.Run(async ct => { try { return await client.GetAsync(1, ct); } [|catch|] { return \"\"; } });"),
            Shop.Method(
                "_ = tasks.Run(async ct => { try { return await client.GetAsync(1, ct); } "
                + "catch when (!ct.IsCancellationRequested) { return \"\"; } });")),
        [nameof(TokenAnalyzer)] = () => Verify<TokenAnalyzer>.FixEverywhereAsync<PassTokenFix>(
            Shop.Method("_ = tasks.Run(ct => client.[|GetAsync|](7));"),
            Shop.Method("_ = tasks.Run(ct => client.GetAsync(7, ct));")),
        [nameof(UnawaitedCombinatorAnalyzer)] = () => Verify<UnawaitedCombinatorAnalyzer>.FixEverywhereAsync<AwaitFix>(
            Shop.Method("tasks.[|RunGroupAsync|](inner => Task.CompletedTask);"),
            Shop.Method("await tasks.RunGroupAsync(inner => Task.CompletedTask);")),
    };

    // Of the rules, not of the programs: a new rule needs one.
    public static TheoryData<string> Analyzers =>
        [.. Rules.All.Select(analyzer => analyzer.GetType().Name).Where(name => name != nameof(UnawaitedChildSuppressor))];

    [Theory]
    [MemberData(nameof(Analyzers))]
    public Task Rule_InGeneratedOrSuppressedCode_IsSilentAndItsFixFixesAll(string analyzer) => Programs[analyzer]();

    private static string Application(string statements) => $$"""
        public static class Application
        {
            public static void Configure(WebApplication app)
            {
                {{statements}}
            }
        }
        """;

    private static string Service(string parameter) => $$"""
        public sealed class Pump({{parameter}}) : BackgroundService
        {
            protected override Task ExecuteAsync(CancellationToken stoppingToken) => tasks.Run(ct => Task.CompletedTask);
        }
        """;
}
