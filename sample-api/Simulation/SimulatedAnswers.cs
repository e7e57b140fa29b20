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
}
