using TaskGroups;

namespace FieldTrips;

internal static class Optional
{
    public static async Task RunAsync()
    {
        await TaskGroup.RunAsync(async trip =>
        {
            Task<string> guide = trip.RunOrDefault(ct => FindGuideAsync(ct), fallback: "nobody");
            Task<string> map = trip.Run(ct => Task.FromResult("a map"));
            Console.WriteLine($"{await guide} guides us, but we have {await map}.");
        });
    }

    private static async Task<string> FindGuideAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(50, cancellationToken);
        throw new InvalidOperationException("The guide is ill");
    }
}
