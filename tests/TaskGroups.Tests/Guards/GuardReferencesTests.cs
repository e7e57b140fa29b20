using System.Runtime.InteropServices;

namespace TaskGroups.Tests;

public sealed class GuardReferencesTests
{
    // References point one way: AspNetCore to Hosting to the core, and the core to the base class library alone.
    [Fact]
    public void References_OfTheCore_AreTheBaseClassLibraryAlone()
    {
        string frameworkFolder = RuntimeEnvironment.GetRuntimeDirectory();

        IEnumerable<string> foreign = typeof(ITaskGroup).Assembly.GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(name => !File.Exists(Path.Combine(frameworkFolder, $"{name}.dll")));

        Assert.Empty(foreign);
    }
}
