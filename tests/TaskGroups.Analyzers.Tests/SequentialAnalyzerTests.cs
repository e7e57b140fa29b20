namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0006.</summary>
public sealed class SequentialAnalyzerTests
{
    [Theory]
    [InlineData("await tasks.Run(ct => client.SaveAsync(ct)); [|await tasks.Run(ct => client.SaveAsync(ct))|];")]
    [InlineData("var a = await tasks.Run(ct => client.GetAsync(1, ct)); var b = [|await tasks.Run(ct => client.GetAsync(2, ct))|];")]
    [InlineData("string a, b; a = await tasks.Run(ct => client.GetAsync(1, ct)); b = [|await tasks.Run(ct => client.GetAsync(2, ct))|];")]
    [InlineData(
        "var a = await tasks.Run(ct => client.GetAsync(1, ct)); var b = [|await tasks.RunOrDefault(ct => client.GetAsync(2, " +
        "ct), \"\")|];")]
    public Task Children_WhenAwaitedOneAfterTheOther_AreReported(string statements) =>
        Verify<SequentialAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("var a = await tasks.Run(ct => client.GetAsync(1, ct)); var b = await tasks.Run(ct => client.GetAsync(a.Length, ct));")]
    [InlineData(
        "string a = \"\"; await tasks.Run(async ct => { a = await client.GetAsync(1, ct); }); await tasks.Run(ct => " +
        "client.GetAsync(a.Length, ct));")]
    [InlineData("await tasks.Run(ct => db.SaveChangesAsync(ct)); await tasks.Run(ct => db.SaveChangesAsync(ct));")]
    [InlineData("var a = tasks.Run(ct => client.SaveAsync(ct)); var b = tasks.Run(ct => client.SaveAsync(ct)); await a; await b;")]
    [InlineData("await tasks.Run(ct => client.SaveAsync(ct)); client.Notify(); await tasks.Run(ct => client.SaveAsync(ct));")]
    [InlineData("await background.Run(ct => client.SaveAsync(ct)); await background.Run(ct => client.SaveAsync(ct));")]
    [InlineData("await tasks.Run(client.SaveAsync); await tasks.Run(client.SaveAsync);")]
    public Task Children_WhenOneNeedsTheOther_AreNotReported(string statements) =>
        Verify<SequentialAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("await client.SaveAsync(); await client.SaveAsync();")]
    [InlineData("await tasks.Run(ct => client.SaveAsync(ct)); await client.SaveAsync();")]
    [InlineData("await tasks.AllAsync(ct => client.SaveAsync(ct)); await tasks.AllAsync(ct => client.SaveAsync(ct));")]
    public Task Calls_WhenTheyAreNoChildren_AreNotReported(string statements) => Verify<SequentialAnalyzer>.StatementsAsync(statements);

    [Fact]
    public Task Fix_WhenTwoChildrenHaveResults_StartsBothFirst() => Verify<SequentialAnalyzer>.FixStatementsAsync<StartFirstFix>(
        """
        var one = await tasks.Run(ct => client.GetAsync(1, ct));
        var two = [|await tasks.Run(ct => client.GetAsync(2, ct))|];
        """,
        """
        var oneTask = tasks.Run(ct => client.GetAsync(1, ct));
        var twoTask = tasks.Run(ct => client.GetAsync(2, ct));
        var one = await oneTask;
        var two = await twoTask;
        """);

    [Fact]
    public Task Fix_WhenTwoChildrenHaveNoResults_StartsBothFirst() => Verify<SequentialAnalyzer>.FixStatementsAsync<StartFirstFix>(
        """
        await tasks.Run(ct => client.SaveAsync(ct));
        [|await tasks.Run(ct => client.PlainAsync())|];
        """,
        """
        var firstTask = tasks.Run(ct => client.SaveAsync(ct));
        var secondTask = tasks.Run(ct => client.PlainAsync());
        await firstTask;
        await secondTask;
        """);
}
