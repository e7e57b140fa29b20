namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0009.</summary>
public sealed class EndpointGroupAnalyzerTests
{
    [Theory]
    [InlineData(
        "app.MapGet(\"/\", (ITaskGroup tasks) => tasks.StreamAsync(new[] { 1 }, (id, ct) => " +
        "Task.FromResult(id))).[|WithTaskGroup|]();")]
    [InlineData("app.MapGet(\"/\", Numbers).[|WithTaskGroup|](TimeSpan.FromSeconds(1));")]
    [InlineData(
        "app.MapGet(\"/\", (ITaskGroup tasks) => Results.Stream(s => tasks.Run(ct => " +
        "Task.CompletedTask))).WithName(\"n\").[|WithTaskGroup|]();")]
    [InlineData("app.MapGet(\"/\", (ITaskGroup tasks) => TypedResults.ServerSentEvents(Numbers(tasks))).[|WithTaskGroup|]();")]
    [InlineData(
        "app.MapGet(\"/\", async (HttpResponse response, ITaskGroup tasks) => { await response.Body.FlushAsync(); " +
        "}).[|WithTaskGroup|]();")]
    public Task Endpoint_WhenItStreamsAndJoinsBefore_IsReported(string statements) =>
        Verify<EndpointGroupAnalyzer>.ProgramAsync(Program(statements));

    [Theory]
    [InlineData("app.[|MapGet|](\"/\", (ITaskGroup tasks) => tasks.Run(ct => Task.FromResult(1)));")]
    [InlineData("app.[|MapPost|](\"/\", async (ITaskGroup tasks) => { await tasks.Run(ct => Task.CompletedTask); });")]
    [InlineData("app.[|MapGet|](\"/\", (ITaskGroup tasks) => 1).WithName(\"one\");")]
    [InlineData("app.[|MapGet|](\"/\", One);")]
    [InlineData("var orders = app.MapGroup(\"/orders\"); orders.[|MapGet|](\"/\", (ITaskGroup tasks) => 1);")]
    public Task Endpoint_WhenItTakesAGroupAndDoesNotJoinBefore_IsReported(string statements) =>
        Verify<EndpointGroupAnalyzer>.ProgramAsync(Program(statements));

    [Theory]
    [InlineData("app.MapGet(\"/\", (ITaskGroup tasks) => 1).WithTaskGroup();")]
    [InlineData("app.MapGet(\"/\", (ITaskGroup tasks) => 1).WithName(\"one\").WithTaskGroup(TimeSpan.FromSeconds(2));")]
    [InlineData("app.MapGet(\"/\", (ITaskGroup tasks) => tasks.StreamAsync(new[] { 1 }, (id, ct) => Task.FromResult(id)));")]
    [InlineData("app.MapGet(\"/\", Numbers);")]
    [InlineData("var orders = app.MapGroup(\"/orders\").WithTaskGroup(); orders.MapGet(\"/\", (ITaskGroup tasks) => 1);")]
    [InlineData("var orders = app.MapGroup(\"/orders\"); orders.WithTaskGroup(); orders.MapGet(\"/\", (ITaskGroup tasks) => 1);")]
    [InlineData("var endpoint = app.MapGet(\"/\", (ITaskGroup tasks) => 1); endpoint.WithTaskGroup();")]
    [InlineData("routes.MapGet(\"/\", (ITaskGroup tasks) => 1);")]
    [InlineData("app.MapGet(\"/\", (ITaskGroup tasks) => Results.Stream(s => tasks.Run(ct => Task.CompletedTask)));")]
    public Task Endpoint_WhenItJoinsWhereItShould_IsNotReported(string statements) =>
        Verify<EndpointGroupAnalyzer>.ProgramAsync(Program(statements));

    [Theory]
    [InlineData("app.MapGet(\"/\", () => 1);")]
    [InlineData("app.MapGet(\"/\", () => 1).WithTaskGroup();")]
    [InlineData("app.MapGet(\"/\", (IBackgroundTaskGroup background) => 1);")]
    [InlineData("app.MapGet(\"/\", () => Results.Stream(s => Task.CompletedTask)).WithTaskGroup();")]
    public Task Endpoint_WhenItTakesNoGroup_IsNotReported(string statements) =>
        Verify<EndpointGroupAnalyzer>.ProgramAsync(Program(statements));

    [Fact]
    public Task Fix_WhenTheEndpointDoesNotJoinBefore_AddsTheCall() => Verify<EndpointGroupAnalyzer>.FixProgramAsync<WithTaskGroupFix>(
        Program("app.[|MapGet|](\"/\", (ITaskGroup tasks) => 1).WithName(\"one\");"),
        Program("app.MapGet(\"/\", (ITaskGroup tasks) => 1).WithTaskGroup().WithName(\"one\");"));

    private static string Program(string statements) => $$"""
        public static class Endpoints
        {
            public static void Map(IEndpointRouteBuilder routes)
            {
                WebApplication app = WebApplication.CreateBuilder().Build();
                {{statements}}
            }

            private static async IAsyncEnumerable<int> Numbers(ITaskGroup tasks)
            {
                yield return await tasks.Run(ct => Task.FromResult(1));
            }

            private static int One(ITaskGroup tasks) => 1;
        }
        """;
}
