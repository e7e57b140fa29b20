using TaskGroups.Jobs.Quartz.Tests;

[assembly: AssemblyFixture(typeof(PostgresServer))]
