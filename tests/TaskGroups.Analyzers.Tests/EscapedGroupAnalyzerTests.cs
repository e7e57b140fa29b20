namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0014.</summary>
public sealed class EscapedGroupAnalyzerTests
{
    [Theory]
    [InlineData("_ = Task.Run(() => [|tasks|].Run(ct => client.SaveAsync(ct)));")]
    [InlineData("Task.Run(async () => { await Task.Delay(10); await [|tasks|].AllAsync(ct => client.SaveAsync(ct)); });")]
    [InlineData("_ = Task.Factory.StartNew(() => [|tasks|].TryRun(ct => client.SaveAsync(ct)));")]
    [InlineData("var forgotten = Task.Run(() => [|tasks|].Run(ct => client.SaveAsync(ct)));")]
    [InlineData("ThreadPool.QueueUserWorkItem(_ => [|tasks|].TryRun(ct => client.SaveAsync(ct)));")]
    [InlineData("using var timer = new Timer(_ => [|tasks|].TryRun(ct => client.SaveAsync(ct)), null, 0, 1000);")]
    [InlineData(
        "using var timer = TimeProvider.System.CreateTimer(_ => [|tasks|].TryRun(ct => client.SaveAsync(ct)), null, default, " +
        "default);")]
    [InlineData("var timer = new System.Timers.Timer(10); timer.Elapsed += (_, _) => [|tasks|].Run(ct => client.SaveAsync(ct));")]
    [InlineData("AppDomain.CurrentDomain.ProcessExit += (_, _) => [|tasks|].TryRun(ct => client.SaveAsync(ct));")]
    [InlineData("_ = Task.Run(() => Consume([|tasks|])); static void Consume(ITaskGroup group) { }")]
    public Task Group_WhenSomethingThatNothingWaitsForCapturesIt_IsReported(string statements) =>
        Verify<EscapedGroupAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("await Task.Run(() => tasks.Run(ct => client.SaveAsync(ct)));")]
    [InlineData("var later = Task.Run(() => tasks.Run(ct => client.SaveAsync(ct))); await later;")]
    [InlineData("_ = Task.Run(() => background.Run(ct => client.SaveAsync(ct)));")]
    [InlineData("using var timer = new Timer(_ => tasks.Cancel(), null, 0, 1000);")]
    [InlineData("Console.CancelKeyPress += (_, _) => tasks.Stop();")]
    [InlineData("using var on = cancellationToken.Register(() => tasks.Cancel());")]
    [InlineData("_ = Task.Run(() => TaskGroup.RunAsync(own => own.Run(ct => client.SaveAsync(ct))));")]
    [InlineData("_ = Task.Run(() => client.GetAsync(tasks.Name.Length));")]
    [InlineData("AppDomain.CurrentDomain.ProcessExit -= (_, _) => tasks.TryRun(ct => client.SaveAsync(ct));")]
    public Task Group_WhenItOutlivesTheUseOrIsOnlyCanceled_IsNotReported(string statements) =>
        Verify<EscapedGroupAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData("_ = Task.Run(() => client.SaveAsync());")]
    [InlineData("_ = tasks.Run(ct => client.SaveAsync(ct));")]
    public Task Task_WhenItCapturesNoGroup_IsNotReported(string statements) => Verify<EscapedGroupAnalyzer>.StatementsAsync(statements);
}
