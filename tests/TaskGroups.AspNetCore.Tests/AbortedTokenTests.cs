using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Children that use the request's own token, and so may see before their group that the client has gone (R17).</summary>
public sealed class AbortedTokenTests
{
    // An optional child yields no fallback for it, and a nested group does not fail
    [Theory]
    [InlineData("child")]
    [InlineData("optional")]
    [InlineData("supervised")]
    [InlineData("own group")]
    [InlineData("combinator")]
    public async Task Client_WhenItLeavesAndChildrenUseItsTokenThemselves_IsNoError(string how)
    {
        Task ended = Task.CompletedTask;
        ITaskGroup? group = null;
        await using TestApp test = await TestApp.StartAsync((app, test) => app
            .MapGet("/", async (ITaskGroup tasks, HttpContext context) =>
            {
                group = tasks;
                Func<Task<string>> until = () => UntilAsync(context.RequestAborted);
                ended = how switch
                {
                    "child" => tasks.Run(_ => until()),
                    "optional" => tasks.RunOrDefault(_ => until(), fallback: "none"),
                    "supervised" => tasks.RunGroupAsync(
                        nested => nested.Run(_ => until()),
                        new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise }),
                    "own group" => tasks.Run(OwnGroup(until, context.RequestAborted)),
                    _ => tasks.AllAsync(_ => until(), _ => until()),
                };
                test.Trail.Add("started");
                await ended;
                return "answer";
            })
            .WithTaskGroup());
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connection.Dispose();

        Assert.Equal(new TestApp.RequestEnd(499, null), await test.EndOfAsync("/"));
        await test.FinishedAsync("/");
        Assert.Equal(TaskStatus.Canceled, ended.Status);
        Assert.Equal(CancellationReason.CallerCanceled, group!.CancellationReason);
        test.AssertLoggedOnce(LogLevel.Debug);
        test.AssertQuiet();
    }

    private static Func<CancellationToken, Task> OwnGroup(Func<Task<string>> work, CancellationToken aborted) =>
        _ => TaskGroup.RunAsync(own => own.Run(_ => work()), aborted);

    // Goes on in the callback of the token, before those that were registered earlier
    private static async Task<string> UntilAsync(CancellationToken aborted)
    {
        var told = new TaskCompletionSource();
        aborted.UnsafeRegister(static told => ((TaskCompletionSource)told!).SetResult(), told);
        await told.Task.ConfigureAwait(false);
        throw new OperationCanceledException(aborted);
    }
}
