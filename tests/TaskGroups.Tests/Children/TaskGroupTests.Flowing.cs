namespace TaskGroups.Tests;

// What an observer sets in the flow of execution when it hears of something, as tracing does: it belongs to what begins, and to nobody
// else.
public partial class TaskGroupTests
{
    [Theory]
    [InlineData(ChildStart.Inline, null)]
    [InlineData(ChildStart.Inline, 2)]
    [InlineData(ChildStart.Queued, null)]
    public async Task ChildStarted_WhenItSetsAnAsyncLocal_OnlyTheChildHasIt(ChildStart start, int? maxConcurrency)
    {
        FlowingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                observer.Current.Value = "body";
                Task<string> first = group.Run(SeeAsync, "first"), second = group.Run(SeeAsync, "second");
                Assert.Equal("body", observer.Current.Value!);
                Assert.Equal(["first", "second"], await Task.WhenAll(first, second));
                Assert.Equal("body", observer.Current.Value!);
            },
            new TaskGroupOptions { ChildStart = start, MaxConcurrency = maxConcurrency, Observer = observer });

        async Task<string> SeeAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            return observer.Current.Value!;
        }
    }

    [Fact]
    public async Task GroupOpened_WhenItSetsAnAsyncLocal_OnlyTheBodyHasIt()
    {
        FlowingObserver observer = new();
        observer.Current.Value = "caller";
        Task<string> run = TaskGroup.RunAsync(
            async group =>
            {
                Task<string> nested = group.RunGroupAsync(
                    _ => Task.FromResult(observer.Current.Value!),
                    new TaskGroupOptions { Name = "inner" });
                Assert.Equal("outer", observer.Current.Value!);
                Assert.Equal("inner", await nested);
                return observer.Current.Value!;
            },
            new TaskGroupOptions { Name = "outer", Observer = observer });
        Assert.Equal("caller", observer.Current.Value!);
        Assert.Equal("outer", await run);
    }

    private sealed class FlowingObserver : TaskGroupObserver
    {
        public AsyncLocal<string> Current { get; } = new() { Value = "" };

        public override void GroupOpened(ITaskGroup group) => Current.Value = group.Name;

        public override void ChildStarted(ITaskGroup group, string name) => Current.Value = name;
    }
}
