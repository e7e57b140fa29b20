using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The failure of a nested group whose task no code awaits is logged all the same (R48).</summary>
[Collection(nameof(UnobservedGroupsTests))]
[CollectionDefinition(nameof(UnobservedGroupsTests), DisableParallelization = true)] // every host of the process logs what nothing observed
public sealed class UnobservedGroupsTests
{
    // Each at 200, with nothing in the log at the levels that applications use
    [Theory]
    [InlineData("AllAsync")]
    [InlineData("ForEachAsync")]
    [InlineData("MapAsync")]
    [InlineData("RaceAsync")]
    [InlineData("own")]
    [InlineData("in a scope")]
    [InlineData("in a scope, with a value")]
    [InlineData("in a scope that fails to close")]
    public async Task Combinator_WhenNoCodeAwaitsItsFailure_IsAWarning(string name)
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services.AddScoped<FailsToClose>());

        LogEntry warning = await CollectUntilAsync(
            () => DropAsync(Groups(host), name), host.Log.WaitForAsync(each => each.EventId.Id == 44 && each.Level == LogLevel.Warning));

        Assert.Contains($"'{name}'", warning.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidDataException>(warning.Exception);
    }

    [Fact]
    public async Task Combinator_WhenItsFailureIsHandled_IsOneLineAMinute()
    {
        await using TestHost host = await TestHost.StartAsync();
        await HandleAsync(Groups(host));
        await HandleAsync(Groups(host));
        LogEntry line = Assert.Single(Lines());
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Equal(
            ("order", "AllAsync", typeof(InvalidDataException).FullName), (line["TaskGroup"], line["Nested"], line["FailureType"]));

        host.Clock.Advance(TimeSpan.FromMinutes(1));
        await HandleAsync(Groups(host));
        await HandleAsync(Groups(host), name: "other");
        Assert.Equal(["order", "order", "other"], Lines().Select(each => each["TaskGroup"]));
        Assert.Empty(host.Log.OfTaskGroups(LogLevel.Warning));

        LogEntry[] Lines() => [.. host.Log.Entries.Where(each => each.EventId.Id == 43)];
    }

    // A failure that leaves the outer group is that group's
    [Fact]
    public async Task Combinator_WhenItsFailureLeavesTheOuterGroup_HasNoLineOfItsOwn()
    {
        await using TestHost host = await TestHost.StartAsync();
        Task group = Groups(host).RunAsync(tasks => tasks.AllAsync(Fail, Succeed));
        await Assert.ThrowsAsync<InvalidDataException>(() => group.WithWatchdog());
        Assert.DoesNotContain(host.Log.Entries, each => each.EventId.Id is 43 or 44);
    }

    // R36: a group nested in the background group counts as one child, awaited or not: an Error says it, once
    [Fact]
    public async Task RunGroupAsync_OnABackgroundGroup_IsNoWarningBesideItsError()
    {
        await using TestHost host = await TestHost.StartAsync();
        await using TestHost other = await TestHost.StartAsync();

        await CollectUntilAsync(
            async () =>
            {
                await DropInBackgroundAsync(host);
                await DropAsync(Groups(other), "own");
            },
            other.Log.WaitForAsync(each => each.EventId.Id == 44));

        Assert.All(host.Log.OfTaskGroups(LogLevel.Warning), each => Assert.Equal((LogLevel.Error, 1), (each.Level, each.EventId.Id)));
        await host.StopAsync();
        Assert.DoesNotContain(host.Log.Entries, each => each.EventId.Id is 43 or 44);
    }

    // Each application logs its own groups, no tasks of other libraries, and nothing once it has stopped
    [Fact]
    public async Task Combinator_WhenSeveralApplicationsRun_IsTheWarningOfItsOwn()
    {
        await using TestHost stopped = await TestHost.StartAsync();
        await using TestHost other = await TestHost.StartAsync();
        await using TestHost own = await TestHost.StartAsync();
        await stopped.StopAsync();

        await CollectUntilAsync(
            async () =>
            {
                DropForeign();
                await DropAsync(Groups(stopped), "of the stopped");
                await DropAsync(Groups(own), "own");
                await DropAsync(null, "of none");
            },
            Task.WhenAll(Heard(own, "own"), Heard(own, "of none"), Heard(other, "of none")));

        Assert.DoesNotContain(stopped.Log.Entries, each => each.EventId.Id == 44);
        Assert.DoesNotContain(other.Log.Entries, each => each.EventId.Id == 44 && (string?)each["TaskGroup"] == "own");
        Assert.DoesNotContain(own.Log.Entries, each => each.EventId.Id == 44 && each.Exception is not InvalidDataException);

        static Task<LogEntry> Heard(TestHost host, string name) =>
            host.Log.WaitForAsync(each => each.EventId.Id == 44 && (string?)each["TaskGroup"] == name);
    }

    private static ITaskGroupFactory Groups(TestHost host) => host.Services.GetRequiredService<ITaskGroupFactory>();

    private static async Task<T> CollectUntilAsync<T>(Func<Task> drop, Task<T> heard)
    {
        for (int round = 0; round < 100 && !heard.IsCompleted; round++)
        {
            await drop();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        return await heard.WithWatchdog();
    }

    private static async Task HandleAsync(ITaskGroupFactory groups, string name = "order") => await groups.RunAsync(
        async tasks => Assert.IsType<InvalidDataException>(await Record.ExceptionAsync(() => tasks.AllAsync(Fail, Succeed))),
        new TaskGroupOptions { Name = name }).WithWatchdog();

    private static Task<int> Succeed(CancellationToken cancellationToken) => Task.FromResult(1);

    private static async Task<int> Fail(CancellationToken cancellationToken)
    {
        await Task.Yield();
        throw new InvalidDataException();
    }

    private sealed class FailsToClose : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.FromException(new InvalidDataException());
    }

    // Methods of their own: their frames would keep the tasks
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropForeign() => _ = Task.FromException(new FormatException());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task DropInBackgroundAsync(TestHost host)
    {
        Gate ended = new();
        _ = host.Background.RunGroupAsync(async nested =>
        {
            nested.CancellationToken.UnsafeRegister(_ => ended.Open(), null);
            await Fail(nested.CancellationToken);
        });
        await ended.WaitAsync();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task DropAsync(ITaskGroupFactory? groups, string name)
    {
        Func<ITaskGroup, Task> body = tasks =>
        {
            _ = name switch
            {
                "AllAsync" => tasks.AllAsync(Fail, Succeed),
                "ForEachAsync" => tasks.ForEachAsync([1], (_, ct) => Fail(ct)),
                "MapAsync" => tasks.MapAsync([1], (_, ct) => Fail(ct)),
                "RaceAsync" => tasks.RaceAsync(Fail),
                "in a scope" => groups!.RunInScopeAsync(async _ => { await Fail(default); }, new TaskGroupOptions { Name = name }),
                "in a scope, with a value" => groups!.RunInScopeAsync(_ => Fail(default), new TaskGroupOptions { Name = name }),
                "in a scope that fails to close" => groups!.RunInScopeAsync(
                    scope => Task.FromResult(scope.GetRequiredService<FailsToClose>()), new TaskGroupOptions { Name = name }),
                _ => tasks.RunGroupAsync(Fail1, new TaskGroupOptions { Name = name }),
            };
            return Task.CompletedTask;
        };
        return (groups?.RunAsync(body) ?? TaskGroup.RunAsync(body)).WithWatchdog();

        static Task Fail1(ITaskGroup group) => Fail(group.CancellationToken);
    }
}
