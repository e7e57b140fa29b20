using TaskGroups;

namespace FieldTrips;

internal static class Race
{
    public static async Task RunAsync()
    {
        await TaskGroup.RunAsync(async trip =>
        {
            string way = await trip.RaceAsync(
                async ct =>
                {
                    await Task.Delay(Timeout.Infinite, ct);
                    return "by the river";
                },
                async ct =>
                {
                    await Task.Delay(20, ct);
                    return "across the square";
                });
            Console.WriteLine($"The shortest way is {way}; the other search was canceled and has ended.");
        });
    }
}
