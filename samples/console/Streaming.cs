using TaskGroups;

namespace FieldTrips;

internal static class Streaming
{
    public static async Task RunAsync()
    {
        await TaskGroup.RunAsync(async trip =>
        {
            // Four are written at a time, they arrive in order, and leaving the loop cancels and joins the rest.
            await foreach (string card in trip.StreamAsync(Enumerable.Range(1, 1000), WriteCardAsync, maxConcurrency: 4))
            {
                Console.WriteLine(card);
                if (card.EndsWith('3'))
                {
                    break;
                }
            }
        });
    }

    private static async Task<string> WriteCardAsync(int number, CancellationToken cancellationToken)
    {
        await Task.Delay(number % 2 * 20, cancellationToken);
        return $"Postcard {number}";
    }
}
