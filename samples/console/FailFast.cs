using TaskGroups;

namespace FieldTrips;

internal static class FailFast
{
    public static async Task RunAsync()
    {
        try
        {
            await TaskGroup.RunAsync(async trip =>
            {
                trip.Run(ct => Task.Delay(Timeout.Infinite, ct), "Ada");
                trip.Run(async ct =>
                {
                    await Task.Delay(100, ct);
                    throw new InvalidOperationException("Ben is lost");
                });
                await trip.Run(ct => Task.Delay(Timeout.Infinite, ct), "Cleo");
                Console.WriteLine("never reached");
            });
        }
        catch (InvalidOperationException lost)
        {
            // Ada and Cleo were canceled and have ended; the exception is the one that was thrown.
            Console.WriteLine($"All stop: {lost.Message}.");
        }
    }
}
