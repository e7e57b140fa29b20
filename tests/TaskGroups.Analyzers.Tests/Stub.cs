using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace TaskGroups.Analyzers.Tests;

/// <summary>Declares what the library's contract has and its assemblies do not have yet, so that the rules are tested for it.</summary>
internal static class Stub
{
    // The name of a type or of an extension method, and the declaration that stands for it until it exists.
    private static readonly (string Name, string Source)[] Declarations =
    [
        ("EnqueueAsync", """
            public static class EnqueueStub
            {
                public static ValueTask EnqueueAsync(
                    this IBackgroundTaskGroup group,
                    Func<CancellationToken, Task> work,
                    CancellationToken cancellationToken = default) => default;
            }
            """),
        ("RunPeriodic", """
            public static class PeriodicStub
            {
                public static Task RunPeriodic(
                    this IBackgroundTaskGroup group,
                    TimeSpan period,
                    Func<CancellationToken, Task> work,
                    bool runAtOnce = false) => work(default);
            }
            """),
        ("Supervise", """
            public static class SuperviseStub
            {
                public static Task Supervise(
                    this IBackgroundTaskGroup group, Polly.ResiliencePipeline restart, Func<CancellationToken, Task> work) => work(default);
            }
            """),
        ("IJobs", """
            public interface IJobs
            {
                ValueTask<string> EnqueueAsync<TJob>(TJob job, object? options = null, CancellationToken cancellationToken = default);
            }
            """),
        ("ITaskGroupFactory", """
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
        INamespaceSymbol hosting = library.GlobalNamespace.GetNamespaceMembers().Single(space => space.Name == "TaskGroups")
            .GetNamespaceMembers().Single(space => space.Name == "Hosting");
        HashSet<string> names =
            [.. hosting.GetTypeMembers().SelectMany(type => type.GetMembers().Where(member => member.IsStatic).Append(type))
                .Where(symbol => symbol.DeclaredAccessibility == Accessibility.Public)
                .Select(symbol => symbol.Name)];
        IEnumerable<string> missing = Declarations.Where(stub => !names.Contains(stub.Name)).Select(stub => stub.Source);
        return string.Join("\n", ["namespace TaskGroups.Hosting;", .. missing]);
    }
}
