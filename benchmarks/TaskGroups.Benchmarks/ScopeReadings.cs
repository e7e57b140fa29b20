using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;

namespace TaskGroups.Benchmarks;

/// <summary>A child with a DI scope of its own, against a scope that the child's code makes by hand in the same group.</summary>
internal static class ScopeReadings
{
    public static async IAsyncEnumerable<Reading> MeasureAsync(Rounds rounds)
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddTaskGroups()
            .AddScoped<Session>()
            .AddScoped<Repository>()
            .BuildServiceProvider();
        ITaskGroupFactory groups = services.GetRequiredService<ITaskGroupFactory>();
        IServiceScopeFactory scopes = services.GetRequiredService<IServiceScopeFactory>();
        var runScoped = new Contender("RunScoped", count => groups.RunAsync(group =>
        {
            for (int child = 0; child < count; child++)
            {
                group.RunScoped(static (Repository repository, CancellationToken ct) => repository.SaveAsync(ct), "save");
            }

            return Task.CompletedTask;
        }));
        var byHand = new Contender("a scope by hand", count => groups.RunAsync(group =>
        {
            for (int child = 0; child < count; child++)
            {
                // Named, as the other: the default is the text of the lambda.
                group.Run(
                    async ct =>
                    {
                        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
                        await scope.ServiceProvider.GetRequiredService<Repository>().SaveAsync(ct);
                    },
                    "save");
            }

            return Task.CompletedTask;
        }));

        foreach (int children in (int[])[1, 16, 256])
        {
            (Spread time, Spread bytes, Spread other) = await rounds.CompareAsync(runScoped, byHand, children, perSample: 10_000);
            yield return new($"{children:N0} with RunScoped: time against a scope made by hand", time, 1.1, 1);
            yield return new(
                $"{children:N0} with RunScoped: bytes against a scope made by hand",
                Spread.Exact(bytes.Median / other.Median),
                1.1,
                1);
            yield return new($"{children:N0} with RunScoped: bytes per child", bytes, null, null, "0", " B");
        }
    }

    // What a DbContext and what uses it look like to the container.
    private sealed class Session : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Repository(Session session)
    {
        public async Task SaveAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            GC.KeepAlive(session);
        }
    }
}
