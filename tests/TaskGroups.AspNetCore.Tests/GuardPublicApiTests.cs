using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

public sealed class GuardPublicApiTests
{
    // A change of the public surface is a decision, visible in src/TaskGroups.AspNetCore/PublicAPI.txt.
    [Fact]
    public void PublicApi_WhenTheAssemblyIsBuilt_IsTheApprovedOne() => PublicApi.Verify(typeof(ITaskGroupFeature).Assembly);
}
