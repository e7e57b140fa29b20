using TaskGroups;

namespace FieldTrips;

internal static class Join
{
    public static async Task RunAsync()
    {
        // <snippet: field-trip>
        string[] seen = await TaskGroup.RunAsync(async trip =>
        {
            Task<string> ada = trip.Run(ct => VisitAsync("Ada", "dinosaurs", ct));
            Task<string> ben = trip.Run(ct => VisitAsync("Ben", "planets", ct));
            trip.Run(ct => VisitAsync("Cleo", "whales", ct)); // nobody asks for Cleo, and still nobody leaves without her
            return new[] { await ada, await ben };
        });
        Console.WriteLine($"All are back on the bus. {string.Join(", ", seen)}.");

        static async Task<string> VisitAsync(string child, string exhibit, CancellationToken ct)
        {
            await Task.Delay(200, ct);
            return $"{child} saw the {exhibit}";
        }
        // </snippet>
    }
}
