namespace TaskGroups.Analyzers.Tests;

/// <summary>The program that <see cref="SuppressorTests"/> put their statement into.</summary>
internal static class SuppressorProgram
{
    public const string Source = """
        using TaskGroups;
        using TaskGroups.Hosting;
        using Elsewhere;

        namespace Elsewhere
        {
            public abstract class ForeignGroup : ITaskGroup
            {
                public abstract string Name { get; }
                public abstract CancellationToken CancellationToken { get; }
                public abstract CancellationToken StoppingToken { get; }
                public abstract CancellationReason CancellationReason { get; }
                public abstract Task Run(Func<CancellationToken, Task> work, string? name = null);
                public abstract Task<R> Run<R>(Func<CancellationToken, Task<R>> work, string? name = null);
                public abstract Task Run<S>(Func<S, CancellationToken, Task> work, S state, string? name = null);
                public abstract Task<R> Run<S, R>(Func<S, CancellationToken, Task<R>> work, S state, string? name = null);
                public abstract bool TryRun(Func<CancellationToken, Task> work, string? name = null);
                public abstract void Stop();
                public abstract void Cancel();
                public abstract TaskGroupSnapshot GetSnapshot();

                public Task Run(string somethingElse) => Task.CompletedTask;
            }

            public abstract class DerivedGroup : ForeignGroup
            {
                public override Task Run(Func<CancellationToken, Task> work, string? name = null) => Task.CompletedTask;
            }

            public static class UsersExtensions
            {
                public static Task Run(this ITaskGroup group, string name) => Task.CompletedTask;
                public static Task Run(this string text) => Task.CompletedTask;
            }

            public sealed class Program
            {
                public static async Task Main(
                    ITaskGroup tasks,
                    IBackgroundTaskGroup background,
                    ForeignGroup foreign,
                    DerivedGroup derived,
                    Polly.ResiliencePipeline pipeline)
                {
                    await Task.Yield();
                    STATEMENT
                }
            }
        }
        """;
}
