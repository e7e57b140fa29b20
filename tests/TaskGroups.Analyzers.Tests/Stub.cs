using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace TaskGroups.Analyzers.Tests;

/// <summary>Declares what the library's contract has and its assemblies do not have yet, so that the rules are tested for it.</summary>
internal static class Stub
{
    // The type, the member, and the declaration that stands for it until it exists.
    private static readonly (string Type, string? Member, string Source)[] Declarations =
    [
        ("TaskGroups.Hosting.TaskGroupHostingExtensions", "EnqueueAsync", """
            public static class EnqueueStub
            {
                public static ValueTask EnqueueAsync(
                    this IBackgroundTaskGroup group,
                    Func<CancellationToken, Task> work,
                    CancellationToken cancellationToken = default) => default;
            }
            """),
        ("TaskGroups.Hosting.TaskGroupHostingExtensions", "RunPeriodic", """
            public static class PeriodicStub
            {
                public static Task RunPeriodic(
                    this IBackgroundTaskGroup group,
                    TimeSpan period,
                    Func<CancellationToken, Task> work,
                    bool runAtOnce = false) => work(default);
            }
            """),
        ("TaskGroups.Hosting.TaskGroupHostingExtensions", "Supervise", """
            public static class SuperviseStub
            {
                public static Task Supervise(
                    this IBackgroundTaskGroup group, Polly.ResiliencePipeline restart, Func<CancellationToken, Task> work) => work(default);
            }
            """),
        ("TaskGroups.Hosting.IJobs", null, """
            public interface IJobs
            {
                ValueTask<string> EnqueueAsync<TJob>(TJob job, object? options = null, CancellationToken cancellationToken = default);
            }
            """),
        ("TaskGroups.Hosting.ITaskGroupFactory", null, """
            public interface ITaskGroupFactory
            {
                Task RunAsync(Func<ITaskGroup, Task> body, TaskGroupOptions? options = null, CancellationToken cancellationToken = default);
                Task RunInScopeAsync(
                    Func<IServiceProvider, Task> body, TaskGroupOptions? options = null, CancellationToken cancellationToken = default);
            }
            """),
    ];

    /// <summary>The declarations of what is missing, as one source.</summary>
    public static string Source { get; } = Declare();

    private static string Declare()
    {
        CSharpCompilation library = CSharpCompilation.Create("Library", references: References.All);
        IEnumerable<string> missing = Declarations
            .Where(stub => library.GetTypeByMetadataName(stub.Type) is not { } type
                || (stub.Member is { } member && type.GetMembers(member).IsEmpty))
            .Select(stub => stub.Source);
        return string.Join("\n", ["namespace TaskGroups.Hosting;", .. missing]);
    }
}
