namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0008.</summary>
public sealed class BlockingAnalyzerTests
{
    [Theory]
    [InlineData("string it = [|tasks.Run(ct => client.GetAsync(1, ct)).Result|];")]
    [InlineData("[|tasks.Run(ct => client.SaveAsync(ct)).Wait()|];")]
    [InlineData("string it = [|tasks.Run(ct => client.GetAsync(1, ct)).GetAwaiter().GetResult()|];")]
    [InlineData("[|tasks.Run(ct => client.SaveAsync(ct)).ConfigureAwait(false).GetAwaiter().GetResult()|];")]
    [InlineData("[|TaskGroup.RunAsync(inner => Task.CompletedTask).Wait()|];")]
    [InlineData("[|TaskGroup.RunAsync(inner => Task.CompletedTask).GetAwaiter().GetResult()|];")]
    [InlineData("var child = tasks.Run(ct => client.GetAsync(1, ct)); string it = [|child.Result|];")]
    [InlineData("var (a, b) = [|tasks.AllAsync(ct => client.GetAsync(1, ct), ct => client.GetAsync(2, ct)).Result|];")]
    public Task Child_WhenAThreadIsBlockedOnIt_IsReported(string statements) => Verify<BlockingAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("var child = tasks.Run(ct => client.GetAsync(1, ct)); await child; string it = child.Result;")]
    [InlineData("var child = tasks.Run(ct => client.GetAsync(1, ct)); await Task.WhenAll(child); string it = child.Result;")]
    [InlineData("var child = tasks.Run(ct => client.GetAsync(1, ct)); if (child.IsCompletedSuccessfully) { string it = child.Result; }")]
    [InlineData("var child = tasks.Run(ct => client.GetAsync(1, ct)); await Task.WhenAll([child]); string it = child.Result;")]
    [InlineData("string it = await tasks.Run(ct => client.GetAsync(1, ct));")]
    [InlineData("bool ended = tasks.Run(ct => client.GetAsync(1, ct)).Wait(100);")]
    [InlineData("await tasks.Run(ct => client.GetAsync(1, ct)).ContinueWith(ended => ended.Result);")]
    public Task Child_WhenItHasEndedOrIsAwaited_IsNotReported(string statements) => Verify<BlockingAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("string it = client.GetAsync(1).Result;")]
    [InlineData("client.SaveAsync().Wait();")]
    public Task Task_WhenItIsNoChilds_IsNotReported(string statements) => Verify<BlockingAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData(
        "string it = [|tasks.Run(ct => client.GetAsync(1, ct)).Result|];", "string it = await tasks.Run(ct => " +
        "client.GetAsync(1, ct));")]
    [InlineData("[|tasks.Run(ct => client.SaveAsync(ct)).Wait()|];", "await tasks.Run(ct => client.SaveAsync(ct));")]
    [InlineData(
        "int it = [|tasks.Run(ct => client.GetAsync(1, ct)).GetAwaiter().GetResult()|].Length;",
        "int it = (await tasks.Run(ct => client.GetAsync(1, ct))).Length;")]
    public Task Fix_WhenAThreadIsBlocked_Awaits(string statements, string @fixed) =>
        Verify<BlockingAnalyzer>.FixStatementsAsync<AwaitInsteadOfBlockingFix>(statements, @fixed);
}
