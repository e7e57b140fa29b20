namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0003.</summary>
public sealed class UnawaitedCombinatorAnalyzerTests
{
    [Theory]
    [InlineData("tasks.[|AllAsync|](ct => client.SaveAsync(ct));")]
    [InlineData("_ = tasks.[|AllAsync|](ct => client.GetAsync(1, ct), ct => client.GetAsync(2, ct));")]
    [InlineData("_ = tasks.[|RaceAsync|](ct => client.GetAsync(1, ct));")]
    [InlineData("tasks.[|ForEachAsync|](new[] { 1 }, (id, ct) => client.GetAsync(id, ct));")]
    [InlineData("var forgotten = tasks.[|MapAsync|](new[] { 1 }, (id, ct) => client.GetAsync(id, ct));")]
    [InlineData("tasks.[|RunGroupAsync|](inner => Task.CompletedTask);")]
    [InlineData("tasks?.[|RunGroupAsync|](inner => Task.CompletedTask);")]
    [InlineData("TaskGroup.[|RunAsync|](inner => Task.CompletedTask);")]
    [InlineData("background.[|EnqueueAsync|](ct => client.SaveAsync(ct));")]
    [InlineData("Action later = () => tasks.[|RunGroupAsync|](inner => Task.CompletedTask);")]
    public Task Combinator_WhenItsTaskIsDropped_IsReported(string statements) =>
        Verify<UnawaitedCombinatorAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("await tasks.AllAsync(ct => client.SaveAsync(ct));")]
    [InlineData("var all = tasks.AllAsync(ct => client.SaveAsync(ct)); await all;")]
    [InlineData("Func<Task> later = () => tasks.RunGroupAsync(inner => Task.CompletedTask); await later();")]
    [InlineData("await Task.WhenAll(tasks.RunGroupAsync(inner => Task.CompletedTask), client.SaveAsync());")]
    [InlineData("_ = tasks.Run(ct => tasks.RunGroupAsync(inner => Task.CompletedTask));")]
    [InlineData("await tasks.AllAsync(ct => client.SaveAsync(ct)).ConfigureAwait(false);")]
    [InlineData("await foreach (string it in tasks.StreamAsync(new[] { 1 }, (id, ct) => client.GetAsync(id, ct))) { }")]
    public Task Combinator_WhenItsTaskIsUsed_IsNotReported(string statements) =>
        Verify<UnawaitedCombinatorAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = tasks.Run(ct => client.SaveAsync(ct));")]
    [InlineData("tasks.TryRun(ct => client.SaveAsync(ct));")]
    [InlineData("_ = client.SaveAsync();")]
    public Task Task_WhenItIsAChildsOrAnothers_IsNotReported(string statements) =>
        Verify<UnawaitedCombinatorAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = tasks.[|AllAsync|](ct => client.SaveAsync(ct));", "await tasks.AllAsync(ct => client.SaveAsync(ct));")]
    [InlineData("tasks.[|RunGroupAsync|](inner => Task.CompletedTask);", "await tasks.RunGroupAsync(inner => Task.CompletedTask);")]
    public Task Fix_WhenItsTaskIsDropped_AwaitsIt(string statements, string @fixed) =>
        Verify<UnawaitedCombinatorAnalyzer>.FixStatementsAsync<AwaitFix>(statements, @fixed);
}
