using TaskGroups;

namespace FieldTrips;

internal static class TimeLimit
{
    public static async Task RunAsync()
    {
        var options = new TaskGroupOptions { Name = "field trip", Timeout = TimeSpan.FromMilliseconds(200) };
        try
        {
            await TaskGroup.RunAsync(
                async trip =>
                {
                    trip.Run(ct => Task.CompletedTask, "Ada");
                    await trip.Run(ct => Task.Delay(Timeout.Infinite, ct), "Ben");
                },
                options);
        }
        catch (TimeoutException late)
        {
            Console.WriteLine(late.Message);
        }
    }
}
