using System.Reflection;
using PublicApiGenerator;

namespace TaskGroups.Testing;

/// <summary>Compares the public surface of a package with the text that was approved for it, <c>src/PACKAGE/PublicAPI.txt</c>.</summary>
public static class PublicApi
{
    /// <summary>The environment variable that makes <see cref="Verify"/> approve the surface as it is now.</summary>
    public const string ApproveVariable = "TASKGROUPS_APPROVE_API";

    /// <summary>
    /// Throws if the surface of an assembly is not the one in <c>PACKAGE.PublicAPI.txt</c>, which project files copy beside the tests.
    /// </summary>
    public static void Verify(Assembly assembly)
    {
        string package = assembly.GetName().Name!;
        string[] actual = Read(assembly);
        if (Environment.GetEnvironmentVariable(ApproveVariable) == "1")
        {
            File.WriteAllText(Path.Combine(RepositoryRoot(), "src", package, "PublicAPI.txt"), string.Join('\n', actual) + '\n');
            return;
        }

        string[] approved = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, $"{package}.PublicAPI.txt"));
        if (!actual.SequenceEqual(approved))
        {
            IEnumerable<string> changes = [.. approved.Except(actual).Select(line => $"- {line}"), .. actual.Except(approved)
                .Select(line => $"+ {line}")];
            throw new InvalidOperationException(
                $"The public surface of {package} is not the approved one:\n{string.Join('\n', changes)}\n" +
                $"If that is intended: {ApproveVariable}=1 dotnet test Web.sln --filter PublicApi, then commit "
                + $"src/{package}/PublicAPI.txt.");
        }
    }

    // Nothing is denied: our extension methods live in Microsoft's namespaces.
    private static string[] Read(Assembly assembly) =>
        assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] }).TrimEnd()
            .ReplaceLineEndings("\n")
            .Split('\n');

    // Not [CallerFilePath]: deterministic builds replace it by "/_/".
    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Web.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException(
            $"{ApproveVariable}=1 writes into the repository, but no folder above {AppContext.BaseDirectory} holds Web.sln.");
    }
}
