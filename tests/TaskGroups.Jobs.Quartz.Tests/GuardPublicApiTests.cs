using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

public sealed class GuardPublicApiTests
{
    // A change of the public surface is a decision, visible in src/TaskGroups.Jobs.Quartz/PublicAPI.txt. CONTRIBUTING.md says how to
    // approve it.
    [Fact]
    public void PublicApi_WhenTheAssemblyIsBuilt_IsTheApprovedOne() => PublicApi.Verify(typeof(QuartzJobsOptions).Assembly);
}
