using TaskGroups;

namespace FieldTrips;

internal static class LeavingEarly
{
    public static async Task RunAsync()
    {
        string answer = await TaskGroup.RunAsync(async trip =>
        {
            trip.Run(ct => Task.Delay(Timeout.Infinite, ct), "Ada");
            bool isOpen = await trip.Run(ct => Task.FromResult(false), "ask at the door");
            if (!isOpen)
            {
                trip.Cancel(); // without it the trip would wait for Ada
                return "The museum is closed; we go home.";
            }

            return "We have seen everything.";
        });
        Console.WriteLine(answer);
    }
}
