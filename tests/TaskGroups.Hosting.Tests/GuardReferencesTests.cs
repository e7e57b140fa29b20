namespace TaskGroups.Hosting.Tests;

public sealed class GuardReferencesTests
{
    // References point one way: AspNetCore to Hosting to the core. A worker without a web server takes Hosting alone.
    [Fact]
    public void References_OfHosting_AreFreeOfAspNetCore()
    {
        IEnumerable<string> references = typeof(IBackgroundTaskGroup).Assembly.GetReferencedAssemblies()
            .Select(reference => reference.Name!);

        Assert.Contains("TaskGroups", references);
        Assert.DoesNotContain(references, name => name.Contains("AspNetCore", StringComparison.Ordinal));
    }
}
