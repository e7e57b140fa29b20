using TaskGroups;

namespace FieldTrips;

internal static class StartSignal
{
    public static async Task RunAsync()
    {
        await TaskGroup.RunAsync(async trip =>
        {
            // StartAsync returns when the child says that it is ready; the child runs on.
            string channel = await trip.StartAsync<string>(async (ready, ct) =>
            {
                await Task.Delay(20, ct);
                ready.Started("channel 7");
                await Task.Delay(Timeout.Infinite, ct);
            });
            Console.WriteLine($"The radio is on: {channel}.");
            trip.Cancel();
        });
    }
}
