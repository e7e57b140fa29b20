namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0013.</summary>
public sealed class MiddlewareOrderAnalyzerTests
{
    [Theory]
    [InlineData("app.UseRouting(); app.UseEndpoints(routes => { }); app.[|UseRequestTaskGroups|]();")]
    [InlineData("app.MapGet(\"/\", (ITaskGroup tasks) => 1); app.MapGet(\"/b\", () => 2); app.[|UseRequestTaskGroups|]();")]
    [InlineData("app.[|UseRequestTaskGroups|](); app.UseExceptionHandler();")]
    [InlineData("app.[|UseRequestTaskGroups|]().UseExceptionHandler();")]
    [InlineData("app.UseRequestTaskGroups(); app.[|UseRequestTaskGroups|]();")]
    [InlineData("app.UseRequestTaskGroups().[|UseRequestTaskGroups|]();")]
    [InlineData("app.[|MapGet|](\"/\", (ITaskGroup tasks) => 1);")]
    public Task Middleware_WhenItStandsInTheWrongPlace_IsReported(string statements) =>
        Verify<MiddlewareOrderAnalyzer>.ProgramAsync(Program(statements));

    [Theory]
    [InlineData("app.UseExceptionHandler(); app.UseRequestTaskGroups(); app.UseRouting(); app.UseEndpoints(routes => { });")]
    [InlineData("app.UseExceptionHandler().UseRequestTaskGroups();")]
    [InlineData("if (args.Length > 0) { app.UseRequestTaskGroups(); } else { app.UseRequestTaskGroups(); }")]
    [InlineData("app.Map(\"/a\", branch => branch.UseRequestTaskGroups()); app.Map(\"/b\", branch => branch.UseRequestTaskGroups());")]
    [InlineData("app.UsePlatform(); app.MapGet(\"/\", (ITaskGroup tasks) => 1);")]
    [InlineData("Configure(app); app.MapGet(\"/\", (ITaskGroup tasks) => 1);")]
    [InlineData("other.MapGet(\"/\", (ITaskGroup tasks) => 1);")]
    public Task Middleware_WhenItStandsInTheRightPlaceOrOutOfSight_IsNotReported(string statements) =>
        Verify<MiddlewareOrderAnalyzer>.ProgramAsync(Program(statements));

    [Theory]
    [InlineData("app.MapGet(\"/\", () => 1); app.UseExceptionHandler();")]
    [InlineData("app.MapGet(\"/\", (IBackgroundTaskGroup background) => 1);")]
    public Task Middleware_WhenNoEndpointNeedsIt_IsNotReported(string statements) =>
        Verify<MiddlewareOrderAnalyzer>.ProgramAsync(Program(statements));

    [Fact]
    public Task Fix_WhenItIsCalledTwice_RemovesTheSecondCall() => Verify<MiddlewareOrderAnalyzer>.FixProgramAsync<RemoveMiddlewareFix>(
        Program("app.UseRequestTaskGroups(); app.UseAuthorization().[|UseRequestTaskGroups|]();"),
        Program("app.UseRequestTaskGroups(); app.UseAuthorization();"));

    private static string Program(string statements) => $$"""
        public static class Application
        {
            public static void Main(string[] args, WebApplication other)
            {
                WebApplication app = WebApplication.CreateBuilder(args).Build();
                {{statements}}
                app.Run();
            }

            private static void Configure(IApplicationBuilder app) => app.UseRequestTaskGroups();

            private static void UsePlatform(this IApplicationBuilder app) => Configure(app);
        }
        """;
}
