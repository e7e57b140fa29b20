using TaskGroups;

namespace FieldTrips;

internal static class SoftStop
{
    public static async Task RunAsync()
    {
        await TaskGroup.RunAsync(async trip =>
        {
            Task<int> drawings = trip.Run(async ct =>
            {
                int finished = 0;
                while (!trip.StoppingToken.IsCancellationRequested)
                {
                    await Task.Delay(20, ct); // the hard signal would break off here; the soft one lets the drawing be finished
                    finished++;
                }

                return finished;
            });
            await Task.Delay(100, trip.CancellationToken);
            trip.Stop();
            Console.WriteLine($"Ada finished her drawing: {await drawings > 0}. Canceled: {trip.CancellationReason}.");
        });
    }
}
