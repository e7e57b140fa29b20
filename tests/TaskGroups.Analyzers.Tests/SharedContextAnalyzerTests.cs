namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0005.</summary>
public sealed class SharedContextAnalyzerTests
{
    [Theory]
    [InlineData(
        "var a = tasks.Run(ct => db.Orders.CountAsync(ct)); var b = tasks.Run(ct => [|db|].Orders.ToListAsync(ct)); await a; " +
        "await b;")]
    [InlineData("_ = tasks.Run(ct => db.SaveChangesAsync(ct)); _ = tasks.Run(ct => [|db|].SaveChangesAsync(ct));")]
    [InlineData("await tasks.AllAsync(ct => db.Orders.CountAsync(ct), ct => [|db|].Orders.CountAsync(ct));")]
    [InlineData("foreach (int id in new[] { 1, 2 }) { _ = tasks.Run(ct => [|db|].Orders.CountAsync(ct)); }")]
    [InlineData("var all = new[] { 1, 2 }.Select(id => tasks.Run(ct => [|db|].Orders.CountAsync(ct))); await Task.WhenAll(all);")]
    [InlineData("await tasks.ForEachAsync(new[] { 1 }, (id, ct) => [|db|].Orders.CountAsync(ct));")]
    [InlineData("await tasks.MapAsync(new[] { 1 }, (id, ct) => [|db|].Orders.CountAsync(ct), maxConcurrency: 4);")]
    [InlineData("_ = tasks.Run(ct => db.SaveChangesAsync(ct)); await tasks.AllAsync(ct => [|db|].SaveChangesAsync(ct));")]
    [InlineData(
        "await TaskGroup.RunAsync(async inner => { _ = inner.Run(ct => db.SaveChangesAsync(ct)); _ = inner.Run(ct => " +
        "[|db|].SaveChangesAsync(ct)); });")]
    public Task Context_WhenTwoChildrenMayUseItAtOnce_IsReported(string statements) =>
        Verify<SharedContextAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("await tasks.Run(ct => db.SaveChangesAsync(ct)); await tasks.Run(ct => db.SaveChangesAsync(ct));")]
    [InlineData("var a = tasks.Run(ct => db.SaveChangesAsync(ct)); await a; _ = tasks.Run(ct => db.SaveChangesAsync(ct));")]
    [InlineData(
        "if (cancellationToken.CanBeCanceled) { _ = tasks.Run(ct => db.SaveChangesAsync(ct)); } else { _ = tasks.Run(ct => " +
        "db.SaveChangesAsync(ct)); }")]
    [InlineData(
        "if (cancellationToken.CanBeCanceled) { _ = tasks.Run(ct => db.SaveChangesAsync(ct)); return; } _ = tasks.Run(ct => " +
        "db.SaveChangesAsync(ct));")]
    [InlineData("foreach (int id in new[] { 1, 2 }) { await tasks.Run(ct => db.SaveChangesAsync(ct)); }")]
    [InlineData("foreach (int id in new[] { 1, 2 }) { var a = tasks.Run(ct => db.SaveChangesAsync(ct)); await a; }")]
    [InlineData("foreach (int id in new[] { 1, 2 }) { var own = new ShopDb(); _ = tasks.Run(ct => own.SaveChangesAsync(ct)); }")]
    [InlineData("await tasks.ForEachAsync(new[] { 1 }, (id, ct) => db.SaveChangesAsync(ct), maxConcurrency: 1);")]
    [InlineData(
        "await TaskGroup.RunAsync(async inner => { _ = inner.Run(ct => db.SaveChangesAsync(ct)); _ = inner.Run(ct => " +
        "db.SaveChangesAsync(ct)); }, new TaskGroupOptions { MaxConcurrency = 1 });")]
    [InlineData(
        "_ = tasks.RunScoped((ShopDb a, CancellationToken ct) => a.SaveChangesAsync(ct)); _ = tasks.RunScoped((ShopDb a, " +
        "CancellationToken ct) => a.SaveChangesAsync(ct));")]
    [InlineData(
        "_ = tasks.Run(ct => { using var own = new ShopDb(); return own.SaveChangesAsync(ct); }); _ = tasks.Run(ct => " +
        "db.SaveChangesAsync(ct));")]
    public Task Context_WhenOnlyOneChildUsesItAtATime_IsNotReported(string statements) =>
        Verify<SharedContextAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = tasks.Run(ct => client.SaveAsync(ct)); _ = tasks.Run(ct => client.SaveAsync(ct));")]
    [InlineData("_ = tasks.Run(ct => db.SaveChangesAsync(ct));")]
    [InlineData("await db.SaveChangesAsync(); await db.SaveChangesAsync();")]
    public Task Context_WhenNoTwoChildrenUseIt_IsNotReported(string statements) =>
        Verify<SharedContextAnalyzer>.StatementsAsync(statements);

    [Fact]
    public async Task AnotherType_WhenTheOptionNamesIt_IsReported()
    {
        const string Program = """
            public static class Example
            {
                public static void Start(ITaskGroup tasks, Connection connection)
                {
                    tasks.Run(ct => connection.QueryAsync(ct));
                    tasks.Run(ct => CONNECTION.QueryAsync(ct));
                }
            }
            """;

        await Verify<SharedContextAnalyzer>.ProgramAsync(Program.Replace("CONNECTION", "connection", StringComparison.Ordinal));
        await Verify<SharedContextAnalyzer>.ProgramAsync(
            Program.Replace("CONNECTION", "[|connection|]", StringComparison.Ordinal),
            "taskgroups.single_threaded_types = Elsewhere.Unknown, Shop.Connection");
    }

    [Fact]
    public Task Fix_WhenTwoChildrenUseAContext_GivesTheSecondItsOwn() => Verify<SharedContextAnalyzer>.FixStatementsAsync<RunScopedFix>(
        "_ = tasks.Run(ct => db.SaveChangesAsync(ct)); _ = tasks.Run(ct => [|db|].SaveChangesAsync(ct));",
        "_ = tasks.Run(ct => db.SaveChangesAsync(ct)); _ = tasks.RunScoped((ShopDb db, CancellationToken ct) => db.SaveChangesAsync(ct));");
}
