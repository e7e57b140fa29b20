using TaskGroups;

namespace FieldTrips;

internal static class NestedGroup
{
    public static async Task RunAsync()
    {
        await TaskGroup.RunAsync(async trip =>
        {
            try
            {
                // A nested group is a scope of its own: its failure ends it, and comes out here.
                await trip.RunGroupAsync(async boat =>
                {
                    boat.Run(ct => Task.Delay(Timeout.Infinite, ct));
                    await boat.Run(ct => Task.FromException(new InvalidOperationException("the boat leaks")));
                });
            }
            catch (InvalidOperationException failure)
            {
                Console.WriteLine($"No boat today: {failure.Message}. The trip goes on.");
            }

            Console.WriteLine($"Canceled: {trip.CancellationReason}.");
        });
    }
}
