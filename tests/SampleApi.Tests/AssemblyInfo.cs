using SampleApi.Tests;

// Tests that measure time share the machine with nobody: one server after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(PostgresServer))]
