namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0002.</summary>
public sealed class EarlyReturnAnalyzerTests
{
    [Theory]
    [InlineData("_ = tasks.Run(async ct => [|client.SaveAsync(ct)|]);")]
    [InlineData("_ = tasks.Run(async ct => { await Task.Yield(); return [|client.SaveAsync(ct)|]; });")]
    [InlineData("_ = tasks.Run(ct => [|Task.Factory.StartNew(async () => await client.SaveAsync(ct))|]);")]
    [InlineData("await TaskGroup.RunAsync(async inner => [|client.SaveAsync(cancellationToken)|]);")]
    public Task Child_WhenItsResultIsATask_IsReported(string statements) => Verify<EarlyReturnAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = tasks.Run(ct => { client.[|SaveAsync|](ct); return Task.CompletedTask; });")]
    [InlineData("_ = tasks.Run(ct => { _ = client.[|SaveAsync|](ct); return Task.CompletedTask; });")]
    [InlineData("_ = tasks.Run(ct => { var forgotten = client.[|SaveAsync|](ct); return Task.CompletedTask; });")]
    [InlineData("_ = tasks.Run(async ct => { await Task.Yield(); client.[|SaveAsync|](ct); });")]
    [InlineData("tasks.TryRun(async ct => client.[|SaveAsync|](ct));")]
    [InlineData("_ = tasks.Run(ct => { Task.[|Run|](() => 1, ct); return Task.CompletedTask; });")]
    [InlineData("_ = tasks.Run(ct => { _ = Task.[|Run|](async () => await client.SaveAsync(ct)); return Task.CompletedTask; });")]
    [InlineData("await background.EnqueueAsync(ct => { client.[|SaveAsync|](ct); return Task.CompletedTask; });")]
    [InlineData("await tasks.ForEachAsync(new[] { 1 }, (id, ct) => { client.[|GetAsync|](id, ct); return Task.CompletedTask; });")]
    public Task Child_WhenATaskIsDroppedInIt_IsReported(string statements) => Verify<EarlyReturnAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData(
        "_ = tasks.Run(ct => { new List<int>().ForEach([|async id => await client.GetAsync(id, ct)|]); return " +
        "Task.CompletedTask; });")]
    [InlineData("async void Fire() => await client.SaveAsync(); _ = tasks.Run(ct => { [|Fire|](); return Task.CompletedTask; });")]
    public Task Child_WhenItCallsAsyncVoid_IsReported(string statements) => Verify<EarlyReturnAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = tasks.Run(ct => client.SaveAsync(ct));")]
    [InlineData("_ = tasks.Run(async ct => await client.SaveAsync(ct));")]
    [InlineData("_ = tasks.Run(async ct => { var save = client.SaveAsync(ct); await save; });")]
    [InlineData("_ = tasks.Run(ct => Task.Run(() => 1, ct));")]
    [InlineData("_ = tasks.Run(async ct => await Task.Run(() => 1, ct));")]
    [InlineData("_ = tasks.Run(ct => { tasks.Run(inner => client.SaveAsync(inner)); return Task.CompletedTask; });")]
    [InlineData("_ = tasks.Run(ct => Task.WhenAll(new[] { 1, 2 }.Select(id => client.GetAsync(id, ct))));")]
    [InlineData("_ = tasks.Run(async ct => { var all = new List<Task>(); all.Add(client.SaveAsync(ct)); await Task.WhenAll(all); });")]
    [InlineData("_ = tasks.Run(ct => Task.Factory.StartNew(async () => await client.SaveAsync(ct)).Unwrap());")]
    [InlineData(
        "_ = tasks.Run(ct => { AppDomain.CurrentDomain.ProcessExit += async (_, _) => await client.SaveAsync(ct); return " +
        "Task.CompletedTask; });")]
    [InlineData(
        "_ = tasks.Run(async ct => { using var timer = ct.Register(() => { }); await " +
        "client.SaveAsync(ct).ConfigureAwait(false); });")]
    public Task Child_WhenItWaitsForItsWork_IsNotReported(string statements) => Verify<EarlyReturnAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = client.SaveAsync();")]
    [InlineData("Func<Task<Task>> nested = async () => client.SaveAsync();")]
    [InlineData("_ = Task.Factory.StartNew(async () => await client.SaveAsync());")]
    public Task Task_WhenThereIsNoChild_IsNotReported(string statements) => Verify<EarlyReturnAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = tasks.Run(async ct => [|client.SaveAsync(ct)|]);", "_ = tasks.Run(async ct => await client.SaveAsync(ct));")]
    [InlineData(
        "_ = tasks.Run(async ct => { await Task.Yield(); client.[|SaveAsync|](ct); });",
        "_ = tasks.Run(async ct => { await Task.Yield(); await client.SaveAsync(ct); });")]
    [InlineData(
        "_ = tasks.Run(async ct => { await Task.Yield(); _ = client.[|SaveAsync|](ct); });",
        "_ = tasks.Run(async ct => { await Task.Yield(); await client.SaveAsync(ct); });")]
    public Task Fix_WhenATaskIsDropped_AwaitsIt(string statements, string @fixed) =>
        Verify<EarlyReturnAnalyzer>.FixStatementsAsync<AwaitFix>(statements, @fixed);

    [Fact]
    public Task Fix_WhenTheDelegateIsNotAsync_IsNotOffered()
    {
        const string Statements = "_ = tasks.Run(ct => { client.[|SaveAsync|](ct); return Task.CompletedTask; });";

        return Verify<EarlyReturnAnalyzer>.FixStatementsAsync<AwaitFix>(Statements, Statements);
    }
}
