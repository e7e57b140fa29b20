namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0011.</summary>
public sealed class SwallowedCancellationAnalyzerTests
{
    [Theory]
    [InlineData("try { return await client.GetAsync(1, ct); } [|catch (OperationCanceledException)|] { return \"\"; }")]
    [InlineData("try { return await client.GetAsync(1, ct); } [|catch (TaskCanceledException)|] { return \"\"; }")]
    [InlineData("try { return await client.GetAsync(1, ct); } [|catch (Exception e)|] { client.Notify(); return \"\"; }")]
    [InlineData("try { return await client.GetAsync(1, ct); } [|catch|] { return \"\"; }")]
    [InlineData("string it = \"\"; try { it = await client.GetAsync(1, ct); } [|catch (Exception)|] { } return it;")]
    [InlineData("try { return await client.GetAsync(1, ct); } catch (IOException) { throw; } [|catch (Exception)|] { return \"\"; }")]
    public Task Catch_WhenTheChildReturnsAValueAfterwards_IsReported(string statements) =>
        Verify<SwallowedCancellationAnalyzer>.StatementsAsync(Child(statements));

    [Theory]
    [InlineData("try { return await client.GetAsync(1, ct); } catch (IOException) { return \"\"; }")]
    [InlineData("try { return await client.GetAsync(1, ct); } catch (Exception) { client.Notify(); throw; }")]
    [InlineData("try { return await client.GetAsync(1, ct); } catch (Exception) when (!ct.IsCancellationRequested) { return \"\"; }")]
    [InlineData(
        "try { return await client.GetAsync(1, ct); } catch (Exception e) when (e is not OperationCanceledException) { " +
        "return \"\"; }")]
    [InlineData(
        "try { return await client.GetAsync(1, ct); } catch (OperationCanceledException) { throw; } catch (Exception) { " +
        "return \"\"; }")]
    [InlineData("try { return await client.GetAsync(1, ct); } catch (Exception) { ct.ThrowIfCancellationRequested(); return \"\"; }")]
    [InlineData("try { return int.Parse(\"1\").ToString(); } catch (Exception) { return await client.GetAsync(1, ct); }")]
    [InlineData("try { return await client.GetAsync(1, ct); } catch (Exception e) { return e.Message; }")]
    [InlineData("try { return await client.GetAsync(1, ct); } finally { client.Notify(); }")]
    public Task Catch_WhenTheCancellationGetsThrough_IsNotReported(string statements) =>
        Verify<SwallowedCancellationAnalyzer>.StatementsAsync(Child(statements));

    [Theory]
    [InlineData("_ = tasks.Run(async ct => { try { await client.SaveAsync(ct); } catch (OperationCanceledException) { } });")]
    [InlineData("try { await tasks.Run(ct => client.SaveAsync(ct)); } catch (OperationCanceledException) { }")]
    [InlineData("Func<Task<int>> later = async () => { try { await client.SaveAsync(); return 1; } catch (Exception) { return 0; } };")]
    public Task Catch_WhenNoChildReturnsAValue_IsNotReported(string statements) =>
        Verify<SwallowedCancellationAnalyzer>.StatementsAsync(statements);

    [Theory]
    [InlineData(
        "try { return await client.GetAsync(1, ct); } [|catch (Exception)|] { return \"\"; }",
        "try { return await client.GetAsync(1, ct); } catch (Exception) when (!ct.IsCancellationRequested) { return \"\"; }")]
    [InlineData(
        "try { return await client.GetAsync(1, ct); } [|catch|] { return \"\"; }",
        "try { return await client.GetAsync(1, ct); } catch when (!ct.IsCancellationRequested) { return \"\"; }")]
    public Task Fix_WhenTheCancellationIsCaught_LetsItThrough(string statements, string @fixed) =>
        Verify<SwallowedCancellationAnalyzer>.FixStatementsAsync<CancellationFilterFix>(Child(statements), Child(@fixed));

    private static string Child(string statements) => $"_ = tasks.Run(async ct => {{ {statements} }});";
}
