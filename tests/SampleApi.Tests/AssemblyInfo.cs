using SampleApi.Tests;

// Tests that measure time need the machine for themselves: one server after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(PostgresServer))]
[assembly: AssemblyFixture(typeof(SqliteFiles))]
