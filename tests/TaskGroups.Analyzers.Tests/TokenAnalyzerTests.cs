namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0001.</summary>
public sealed class TokenAnalyzerTests
{
    [Theory]
    [InlineData("_ = tasks.Run(ct => client.[|GetAsync|](7));")]
    [InlineData("_ = tasks.Run(_ => client.[|GetAsync|](7));")]
    [InlineData("_ = tasks.Run(ct => client.[|FindAsync|](7));")]
    [InlineData("_ = tasks.Run(ct => http.[|GetStringAsync|](\"/\"));")]
    [InlineData("_ = tasks.Run(async ct => { await Task.[|Delay|](10); });")]
    [InlineData("_ = tasks.Run(async ct => await db.Orders.[|ToListAsync|]());")]
    [InlineData(
        "_ = tasks.Run(async ct => { foreach (int id in new[] { 1 }) { await client.[|GetAsync|](id); await " +
        "client.GetAsync(id, ct); } });")]
    [InlineData("tasks.TryRun(ct => client.[|SaveAsync|]());")]
    [InlineData("_ = tasks.Run((state, ct) => client.[|GetAsync|](state), 7);")]
    [InlineData("_ = tasks.RunScoped((ShopDb own, CancellationToken ct) => own.[|SaveChangesAsync|]());")]
    [InlineData("_ = tasks.RunOrDefault(ct => client.[|GetAsync|](7), fallback: \"\");")]
    [InlineData("await tasks.AllAsync(ct => client.[|GetAsync|](1), ct => client.GetAsync(2, ct));")]
    [InlineData("await tasks.RaceAsync(ct => client.[|GetAsync|](1), ct => client.GetAsync(2, ct));")]
    [InlineData("await tasks.ForEachAsync(new[] { 1 }, (id, ct) => client.[|GetAsync|](id));")]
    [InlineData("await tasks.MapAsync(new[] { 1 }, (id, ct) => client.[|GetAsync|](id));")]
    [InlineData("await background.EnqueueAsync(ct => client.[|SaveAsync|]());")]
    [InlineData("_ = background.Supervise(pipeline, ct => client.[|SaveAsync|]());")]
    [InlineData("_ = tasks.Run(pipeline, ct => client.[|SaveAsync|]());")]
    [InlineData("_ = tasks.Run(ct => TaskGroup.[|RunAsync|](inner => Task.CompletedTask));")]
    public Task Token_WhenACallGetsNone_IsReported(string statements) => Verify<TokenAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = tasks.Run(ct => client.GetAsync(7, [|context.RequestAborted|]));")]
    [InlineData("_ = tasks.Run(ct => client.GetAsync(7, [|cancellationToken|]));")]
    [InlineData("_ = tasks.Run(ct => http.GetStringAsync(\"/\", [|cancellationToken|]));")]
    [InlineData("_ = tasks.Run(outer => { tasks.Run(ct => client.SaveAsync([|outer|])); return client.SaveAsync(outer); });")]
    [InlineData("_ = tasks.Run(ct => TaskGroup.RunAsync(inner => Task.CompletedTask, [|cancellationToken|]));")]
    public Task Token_WhenACallGetsAnother_IsReported(string statements) => Verify<TokenAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = tasks.Run(ct => client.GetAsync(7, ct));")]
    [InlineData("_ = tasks.Run(client.SaveAsync);")]
    [InlineData("_ = tasks.Run(ct => client.PlainAsync());")]
    [InlineData("_ = tasks.Run(ct => client.GetAsync(7, CancellationToken.None));")]
    [InlineData("_ = tasks.Run(ct => client.GetAsync(7, default));")]
    [InlineData("_ = tasks.Run(ct => client.GetAsync(7, tasks.CancellationToken));")]
    [InlineData("_ = tasks.Run(ct => client.GetAsync(7, tasks.StoppingToken));")]
    [InlineData("_ = tasks.Run(ct => { client.Notify(); return Task.CompletedTask; });")]
    [InlineData(
        "_ = tasks.Run(ct => { using var c = CancellationTokenSource.CreateLinkedTokenSource(ct, cancellationToken); return " +
        "client.SaveAsync(c.Token); });")]
    [InlineData("_ = tasks.Run(ct => { tasks.Run(inner => client.SaveAsync(inner)); return Task.CompletedTask; });")]
    [InlineData("_ = tasks.Run(async ct => await tasks.RunGroupAsync(inner => Task.CompletedTask));")]
    [InlineData("_ = tasks.Run(async ct => await tasks.AllAsync(inner => client.SaveAsync(inner)));")]
    [InlineData("_ = tasks.Run(async ct => await Task.Run(() => 1));")]
    [InlineData("_ = tasks.Run(async ct => { try { await client.SaveAsync(ct); } finally { await client.SaveAsync(); } });")]
    [InlineData("_ = tasks.Run(async ct => { try { await client.SaveAsync(ct); } catch (IOException) { await client.SaveAsync(); } });")]
    [InlineData("_ = tasks.Run(async ct => await pipeline.ExecuteAsync(async token => await client.GetAsync(1, token), ct));")]
    public Task Token_WhenPassedOrWithheldOnPurpose_IsNotReported(string statements) => Verify<TokenAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("await client.SaveAsync();")]
    [InlineData("await Task.Run(() => client.SaveAsync());")]
    [InlineData("await TaskGroup.RunAsync(async inner => await client.SaveAsync(), cancellationToken);")]
    public Task Token_WhenThereIsNoChild_IsNotReported(string statements) => Verify<TokenAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = tasks.Run(ct => client.[|GetAsync|](7));", "_ = tasks.Run(ct => client.GetAsync(7, ct));")]
    [InlineData("_ = tasks.Run(ct => client.[|FindAsync|](7));", "_ = tasks.Run(ct => client.FindAsync(7, ct));")]
    [InlineData("_ = tasks.Run(_ => client.[|GetAsync|](7));", "_ = tasks.Run(ct => client.GetAsync(7, ct));")]
    [InlineData(
        "_ = tasks.Run(ct => client.[|GetAsync|](id: 7));",
        "_ = tasks.Run(ct => client.GetAsync(id: 7, cancellationToken: ct));")]
    [InlineData(
        "_ = tasks.Run(ct => client.GetAsync(7, [|context.RequestAborted|]));",
        "_ = tasks.Run(ct => client.GetAsync(7, ct));")]
    public Task Fix_WhenTheTokenIsMissing_PassesIt(string statements, string @fixed) =>
        Verify<TokenAnalyzer>.FixStatementsAsync<PassTokenFix>(statements, @fixed);
}
