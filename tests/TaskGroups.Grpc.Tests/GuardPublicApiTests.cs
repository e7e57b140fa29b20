using TaskGroups.Testing;

namespace TaskGroups.Grpc.Tests;

public sealed class GuardPublicApiTests
{
    // A change of the public surface is a decision, visible in src/TaskGroups.Grpc/PublicAPI.txt.
    [Fact]
    public void PublicApi_WhenTheAssemblyIsBuilt_IsTheApprovedOne() =>
        PublicApi.Verify(typeof(GrpcServerBuilderTaskGroupsExtensions).Assembly);
}
