using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>One way to run a test: how children start, on what kind of thread, and who else watches.</summary>
public sealed record Play(ChildStart Start, bool HasSingleThreadedContext, Witness Witness)
{
    internal async Task In(Func<Scene, Task> test)
    {
        Scene scene = new(this);

        async Task RunAsync()
        {
            await test(scene);
            await scene.VerifyAsync();
        }

        Task run = HasSingleThreadedContext ? SingleThreadedContext.RunAsync(RunAsync) : Task.Run(RunAsync);
        await run.WithWatchdog("the test");
    }

    public override string ToString() =>
        $"{Start}, {(HasSingleThreadedContext ? "single-threaded context" : "no context")}, {Witness switch
        {
            Witness.Observer => "observed",
            Witness.Counter => "counted",
            _ => "bare",
        }}";
}
