using TaskGroups;

namespace FieldTrips;

internal static class Observer
{
    public static async Task RunAsync()
    {
        var options = new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise, Observer = new Diary() };
        await TaskGroup.RunAsync(
            async trip =>
            {
                trip.Run(ct => Task.FromException(new InvalidOperationException("lost a shoe")), "Ben");
                await trip.Run(ct => Task.Delay(10, ct), "Ada");
            },
            options);
    }

    private sealed class Diary : TaskGroupObserver
    {
        public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception) =>
            Console.WriteLine($"{name} {outcome}.");

        public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception) =>
            Console.WriteLine($"{child} {exception.Message}, and nobody asked.");
    }
}
