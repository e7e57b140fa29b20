namespace SampleApi;

/// <summary>What the simulated services answer, invented from ids: the same in every process.</summary>
internal static class SimulatedAnswers
{
    private static readonly string[] Opinions =
        ["Just right.", "Smaller than it looks.", "My second one.", "Arrived broken, replaced at once."];

    public static PriceAnswer Price(int productId) => new(productId, SampleData.PriceOf(productId));

    public static StockAnswer Stock(int productId) => new(productId, (int)((long)productId * 7919 % 90) + 10);

    public static Review[] Reviews(int productId) => [.. Enumerable.Range(1, (productId % 3) + 1)
        .Select(n => new Review(
            $"Customer {((long)productId * 31 + n) % 997}",
            (int)(((long)productId + n) % 5) + 1,
            Opinions[((long)productId + n) % Opinions.Length]))];

    public static Quote QuoteOf(string carrier, int productId) => carrier == "carrier-a"
        ? new(carrier, 4.5m + (productId % 7), 2 + (productId % 3))
        : new(carrier, 3.9m + (productId % 9), 1 + (productId % 4));

    /// <summary>Each carrier is the quicker one for half of the products, by enough for a race to have a loser that still works.</summary>
    public static int CarrierDelayMs(string carrier, int productId) => (carrier == "carrier-a") == (productId % 2 == 1) ? 20 : 200;
}
