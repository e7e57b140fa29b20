namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0012.</summary>
public sealed class RaceAnalyzerTests
{
    [Theory]
    [InlineData("var won = await Task.[|WhenAny|](tasks.Run(ct => client.GetAsync(1, ct)), tasks.Run(ct => client.GetAsync(2, ct)));")]
    [InlineData(
        "var a = tasks.Run(ct => client.GetAsync(1, ct)); var b = tasks.Run(ct => client.GetAsync(2, ct)); await " +
        "Task.[|WhenAny|](a, b);")]
    [InlineData(
        "var a = tasks.Run(ct => client.GetAsync(1, ct)); var b = tasks.Run(ct => client.GetAsync(2, ct)); await " +
        "Task.[|WhenAny|]([a, b, a]);")]
    [InlineData("await Task.[|WhenAny|](new[] { 1, 2 }.Select(id => tasks.Run(ct => client.GetAsync(id, ct))));")]
    [InlineData("var all = new[] { 1, 2 }.Select(id => tasks.Run(ct => client.GetAsync(id, ct))).ToList(); await Task.[|WhenAny|](all);")]
    public Task Race_WhenChildrenRunIt_IsReported(string statements) => Verify<RaceAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("await Task.WhenAny(tasks.Run(ct => client.GetAsync(1, ct)), Task.Delay(10));")]
    [InlineData("await Task.WhenAny(tasks.Run(ct => client.SaveAsync(ct)), tasks.Run(ct => client.SaveAsync(ct)));")]
    [InlineData("await Task.WhenAll(tasks.Run(ct => client.GetAsync(1, ct)), tasks.Run(ct => client.GetAsync(2, ct)));")]
    [InlineData("await tasks.RaceAsync(ct => client.GetAsync(1, ct), ct => client.GetAsync(2, ct));")]
    [InlineData(
        "var all = new[] { 1 }.Select(id => tasks.Run(ct => client.GetAsync(id, ct))).ToList(); while (all.Count > 0) { " +
        "all.Remove(await Task.WhenAny(all)); }")]
    public Task Race_WhenItIsNone_IsNotReported(string statements) => Verify<RaceAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("await Task.WhenAny(client.GetAsync(1), client.GetAsync(2));")]
    public Task Race_WhenNoChildRunsIt_IsNotReported(string statements) => Verify<RaceAnalyzer>.StatementsAsync(statements);

    [Fact]
    public Task Fix_WhenTheWinnerIsAwaited_UsesRaceAsync() => Verify<RaceAnalyzer>.FixStatementsAsync<RaceFix>(
        "var won = await await Task.[|WhenAny|](tasks.Run(ct => client.GetAsync(1, ct)), tasks.Run(ct => client.GetAsync(2, ct)));",
        "var won = await tasks.RaceAsync(ct => client.GetAsync(1, ct), ct => client.GetAsync(2, ct));");
}
