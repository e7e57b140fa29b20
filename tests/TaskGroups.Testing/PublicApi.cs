using System.Reflection;
using PublicApiGenerator;

namespace TaskGroups.Testing;

/// <summary>Compares the public surface of a package with the text that was approved for it, <c>src/PACKAGE/PublicAPI.txt</c>.</summary>
public static class PublicApi
{
    /// <summary>The environment variable that makes <see cref="Approved"/> write the surface as it is now instead of reading it.</summary>
    public const string ApproveVariable = "TASKGROUPS_APPROVE_API";

    /// <summary>Renders the public surface of an assembly, in an order that does not depend on the source.</summary>
    public static string Actual(Assembly assembly) =>
        Normalize(assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }));

    /// <summary>Reads the approved surface from <c>PACKAGE.PublicAPI.txt</c> beside the tests, where the project file copies it.</summary>
    public static string Approved(Assembly assembly)
    {
        string package = assembly.GetName().Name!;
        if (Environment.GetEnvironmentVariable(ApproveVariable) == "1")
        {
            File.WriteAllText(Path.Combine(RepositoryRoot(), "src", package, "PublicAPI.txt"), Actual(assembly));
            return Actual(assembly);
        }

        return Normalize(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"{package}.PublicAPI.txt")));
    }

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

    private static string Normalize(string text) => text.ReplaceLineEndings("\n").TrimEnd() + "\n";
}
