namespace SampleApi.Tests;

/// <summary>Files of the repository that tests read; the project file copies them beside the tests.</summary>
internal static class Repository
{
    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "repository", file);

    public static string Read(string file) => File.ReadAllText(PathOf(file));
}
