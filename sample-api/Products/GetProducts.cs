using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using TaskGroups;

namespace SampleApi;

/// <summary>
/// The lesson: many of the same. A map over a hundred ids asks for eight pages at a time, keeps the order of the ids, and the first failure
/// cancels the others.
/// </summary>
internal static class GetProducts
{
    public const int MaxIds = 100;

    private const int MaxConcurrency = 8;

    public static void MapGetProducts(this IEndpointRouteBuilder app) =>
        app.MapGet("/products", async Task<Results<Ok<ProductList>, ValidationProblem>> (
            string[]? ids,
            ITaskGroup tasks,
            StorefrontDb db,
            ProductPageReader pages) =>
        {
            if (!TryParse(ids, out int[] wanted))
            {
                return TypedResults.ValidationProblem(new Dictionary<string, string[]>
                {
                    ["ids"] = [$"Type ids=1,2,3: 1 to {MaxIds} numbers above 0, divided by commas."],
                });
            }

            Dictionary<int, Product> found = await db.Products.Where(p => wanted.Contains(p.Id))
                .ToDictionaryAsync(p => p.Id, tasks.CancellationToken);
            ProductPage[] products = await tasks.MapAsync(
                wanted.Where(found.ContainsKey),
                (id, ct) => pages.ReadAsync(found[id], ct),
                MaxConcurrency);

            return TypedResults.Ok(new ProductList(products, [.. wanted.Where(id => !found.ContainsKey(id))]));
        }).WithTaskGroup("list");

    private static bool TryParse(string[]? values, out int[] ids)
    {
        string[] items = [.. (values ?? []).SelectMany(value => value.Split(','))];
        List<int> parsed = [];
        foreach (string item in items)
        {
            if (int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id > 0)
            {
                parsed.Add(id);
            }
        }

        ids = [.. parsed.Distinct()];
        return items.Length is > 0 and <= MaxIds && parsed.Count == items.Length;
    }
}
