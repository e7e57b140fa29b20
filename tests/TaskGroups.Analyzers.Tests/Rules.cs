using System.Collections.Immutable;
using Microsoft.CodeAnalysis.Diagnostics;

namespace TaskGroups.Analyzers.Tests;

/// <summary>All analyzers of the package, as a compiler finds them.</summary>
internal static class Rules
{
    public static ImmutableArray<DiagnosticAnalyzer> All { get; } =
        [.. typeof(GroupAnalyzer).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsDefined(typeof(DiagnosticAnalyzerAttribute), inherit: false))
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)];
}
