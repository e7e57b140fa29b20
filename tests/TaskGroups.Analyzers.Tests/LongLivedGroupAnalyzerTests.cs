namespace TaskGroups.Analyzers.Tests;

/// <summary>TG0007.</summary>
public sealed class LongLivedGroupAnalyzerTests
{
    [Fact]
    public Task Constructor_WhenTheTypeIsAHostedService_IsReported() => Verify<LongLivedGroupAnalyzer>.ProgramAsync("""
        public sealed class Pump(ITaskGroup [|tasks|]) : BackgroundService
        {
            protected override Task ExecuteAsync(CancellationToken stoppingToken) => tasks.Run(ct => Task.CompletedTask);
        }

        public sealed class Clock : IHostedService
        {
            public Clock(ITaskGroup [|tasks|], TimeProvider time)
            {
            }

            public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

            public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        }
        """);

    [Theory]
    [InlineData("services.AddSingleton<Cache>();")]
    [InlineData("services.AddSingleton<ICache, Cache>();")]
    [InlineData("services.AddSingleton(typeof(ICache), typeof(Cache));")]
    [InlineData("services.AddKeyedSingleton<Cache>(\"one\");")]
    public Task Constructor_WhenTheTypeIsRegisteredAsASingleton_IsReported(string registration) =>
        Verify<LongLivedGroupAnalyzer>.ProgramAsync(Registered(registration, "ITaskGroup [|tasks|]"));

    [Theory]
    [InlineData("services.AddScoped<Cache>();", "ITaskGroup tasks")]
    [InlineData("services.AddTransient<ICache, Cache>();", "ITaskGroup tasks")]
    [InlineData("services.AddSingleton<Cache>();", "IBackgroundTaskGroup tasks")]
    [InlineData("services.AddSingleton(provider => new Cache(provider.GetRequiredService<IBackgroundTaskGroup>()));", "ITaskGroup tasks")]
    [InlineData("services.AddSingleton(new Cache(null));", "ITaskGroup tasks")]
    [InlineData("", "ITaskGroup tasks")]
    public Task Constructor_WhenTheTypeIsScopedOrTakesTheApplicationsGroup_IsNotReported(string registration, string parameter) =>
        Verify<LongLivedGroupAnalyzer>.ProgramAsync(Registered(registration, parameter));

    [Fact]
    public Task Fix_WhenTheTypeIsAHostedService_TakesTheApplicationsGroup() =>
        Verify<LongLivedGroupAnalyzer>.FixProgramAsync<BackgroundGroupFix>(
            """
            public sealed class Pump(ITaskGroup [|tasks|]) : BackgroundService
            {
                protected override Task ExecuteAsync(CancellationToken stoppingToken) => tasks.Run(ct => Task.CompletedTask);
            }
            """,
            """
            public sealed class Pump(IBackgroundTaskGroup tasks) : BackgroundService
            {
                protected override Task ExecuteAsync(CancellationToken stoppingToken) => tasks.Run(ct => Task.CompletedTask);
            }
            """);

    private static string Registered(string registration, string parameter) => $$"""
        public interface ICache;

        public sealed class Cache({{parameter}}) : ICache
        {
            public ITaskGroup Tasks => tasks;
        }

        public static class Registration
        {
            public static void Add(IServiceCollection services)
            {
                {{registration}}
            }
        }
        """;
}
