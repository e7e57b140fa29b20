namespace TaskGroups.Jobs.Tests;

public sealed class InMemoryContractTests : JobEngineContract
{
    protected override void UseEngine(JobsBuilder jobs) => jobs.UseInMemory();
}
