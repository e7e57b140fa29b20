using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The text of a lambda names a background child, and what its literals hold is nowhere to be seen (A14).</summary>
public sealed class SecretNameTests
{
    private const string Secret = "hunter2";

    [Fact]
    public async Task BackgroundChildren_WithoutNamesOfTheirOwn_ShowNoLiteralAnywhere()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services.AddSingleton<Trail>());
        Gate started = new(2), gate = new();
        var seen = new List<string>();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(
            () => host.Background.Run(ct => FailAsync("Host=db;Password=hunter2"))).WithWatchdog();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(
            () => host.Background.RunScoped((Trail _, CancellationToken ct) => FailAsync($"Password=hunter2;{ct.CanBeCanceled}")))
            .WithWatchdog();
        Task obedient = host.Background.Run(ct => WaitAsync("Password=hunter2", ct));
        Task stubborn = host.Background.Run(_ => WaitAsync("""Password=hunter2, stubborn""", CancellationToken.None));
        await started.WaitAsync().WithWatchdog();
        seen.AddRange(host.Background.GetSnapshot().Entries.Select(each => each.Name));

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await obedient.ContinueWith(_ => { }, TaskScheduler.Default).WithWatchdog();
        Action startLate = () => host.Background.Run(ct => FailAsync("Password=hunter2"));
        seen.Add(Assert.Throws<InvalidOperationException>(startLate).Message);
        Assert.False(host.Background.TryRun(ct => FailAsync("Password=hunter2, tried")));
        await host.PassCancelTimeoutAsync();
        await stop;
        gate.Open();
        await stubborn.WithWatchdog();

        Assert.Equal(
            ["WaitAsync(…, CancellationToken.None)", "WaitAsync(…, ct)"], host.Unfinished.Select(each => each.Name).Order());
        Assert.Equal(2, seen.Count(each => each.StartsWith("WaitAsync(…, ", StringComparison.Ordinal)));
        Assert.Contains(seen, each => each.Contains("the child 'FailAsync(…)' was not started", StringComparison.Ordinal));
        Assert.Equal(4, host.Log.OfTaskGroups().Count(each => Equals(each["Child"], "FailAsync(…)")));
        Assert.All(
            seen.Concat(host.Log.Entries.Select(each => $"{each} {each.Exception} {string.Join(' ', each.Properties.Values)}"))
                .Concat(host.Unfinished.Select(each => each.ToString())),
            each => Assert.DoesNotContain(Secret, each, StringComparison.Ordinal));

        async Task WaitAsync(string connection, CancellationToken cancellationToken)
        {
            Assert.NotEmpty(connection);
            started.Open();
            await gate.WaitAsync(cancellationToken);
        }
    }

    private static Task FailAsync(string connection) =>
        Task.FromException(new InvalidTimeZoneException($"{connection.Length} characters"));
}
