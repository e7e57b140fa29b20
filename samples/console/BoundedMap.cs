using TaskGroups;

namespace FieldTrips;

internal static class BoundedMap
{
    public static async Task RunAsync()
    {
        string[] children = ["Ada", "Ben", "Cleo", "Dan", "Eve"];
        int inside = 0;
        int most = 0;
        await TaskGroup.RunAsync(async trip =>
        {
            int[] tickets = await trip.MapAsync(
                children,
                async (child, ct) =>
                {
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    await Task.Delay(30, ct);
                    Interlocked.Decrement(ref inside);
                    return child.Length;
                },
                maxConcurrency: 2);
            Console.WriteLine(
                $"Tickets in the order of the children: {string.Join(", ", tickets)}. Never more than two inside: {most <= 2}.");
        });
    }
}
