using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace TaskGroups.Analyzers.Tests;

/// <summary>
/// What the compiled programs reference: the framework and the packages that this project itself runs on, nothing downloaded.
/// </summary>
internal static class References
{
    private static readonly string[] Foreign =
        ["Microsoft.CodeAnalysis", "TaskGroups.Analyzers", "xunit", "testhost", "Microsoft.TestPlatform"];

    public static ImmutableArray<MetadataReference> All { get; } =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => !Foreign.Any(name => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal)))
            .Select(path => MetadataReference.CreateFromFile(path))];
}
