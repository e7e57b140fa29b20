namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0010.</summary>
public sealed class DeadlockAnalyzerTests
{
    [Theory]
    [InlineData(
        "Task all = null!; all = TaskGroup.RunAsync(inner => { inner.Run(async ct => await [|all|]); return " +
        "Task.CompletedTask; }); await all;")]
    [InlineData(
        "Task all = null!; all = tasks.RunGroupAsync(inner => { inner.Run(ct => [|all|]); return Task.CompletedTask; }); " +
        "await all;")]
    [InlineData("Task child = null!; child = tasks.Run(async ct => await [|child|]);")]
    public Task Child_WhenItAwaitsItsGroupsEnd_IsReported(string statements) => Verify<DeadlockAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("await inner.[|Run|](c => client.SaveAsync(c));")]
    [InlineData("var one = inner.[|Run|](c => client.SaveAsync(c)); await one;")]
    public Task Child_WhenItAwaitsAChildOfItsFullGroup_IsReported(string statements) =>
        Verify<DeadlockAnalyzer>.StatementsAsync(Limited(statements));

    [Fact]
    public Task Child_WhenTheLimitIsInALocal_IsReported() => Verify<DeadlockAnalyzer>.StatementsAsync("""
        var options = new TaskGroupOptions { MaxConcurrency = Environment.ProcessorCount };
        await tasks.RunGroupAsync(
            inner =>
            {
                inner.Run(ct => inner.[|Run|](c => client.SaveAsync(c)));
                return Task.CompletedTask;
            },
            options);
        """);

    [Theory]
    [InlineData("inner.TryRun(c => client.SaveAsync(c)); await Task.Yield();")]
    [InlineData("_ = inner.Run(c => client.SaveAsync(c)); await Task.Yield();")]
    [InlineData("await inner.RunGroupAsync(nested => nested.Run(c => client.SaveAsync(c)));")]
    [InlineData("await tasks.Run(c => client.SaveAsync(c));")]
    [InlineData("await inner.AllAsync(c => client.SaveAsync(c));")]
    public Task Child_WhenItHoldsNoPlaceThatItWaitsFor_IsNotReported(string statements) =>
        Verify<DeadlockAnalyzer>.StatementsAsync(Limited(statements));

    [Theory]
    [InlineData("await TaskGroup.RunAsync(async inner => { await inner.Run(async ct => await inner.Run(c => client.SaveAsync(c))); });")]
    [InlineData("Task other = client.SaveAsync(); _ = tasks.Run(async ct => await other);")]
    [InlineData("var first = tasks.Run(ct => client.SaveAsync(ct)); _ = tasks.Run(async ct => await first);")]
    public Task Child_WhenItAwaitsSomethingElse_IsNotReported(string statements) => Verify<DeadlockAnalyzer>.StatementsAsync(statements);

    private static string Limited(string statements) => $$"""
        await TaskGroup.RunAsync(
            inner =>
            {
                inner.Run(async ct => { {{statements}} });
                return Task.CompletedTask;
            },
            new TaskGroupOptions { MaxConcurrency = 2 });
        """;
}
