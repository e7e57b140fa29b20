using SampleApi.Tests;

// Each server takes the whole machine, and Serilog's request logging goes through one static logger: one server after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(PostgresServer))]
