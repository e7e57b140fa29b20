using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Jobs.Tests;

namespace TaskGroups.Jobs.Quartz.Tests;

public sealed class QuartzContractTests(PostgresServer server) : JobEngineContract, IAsyncLifetime
{
    private string _database = "";

    public async ValueTask InitializeAsync() => _database = await server.CreateDatabaseAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override void UseEngine(JobsBuilder jobs) => jobs.UseQuartz(quartz => quartz.UsePostgres(_database));
}
