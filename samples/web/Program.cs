// <snippet: web>
using TaskGroups;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddProblemDetails();
builder.Services.AddRequestTaskGroups(); // the first of two lines

WebApplication app = builder.Build();
app.UseExceptionHandler();
app.UseRequestTaskGroups();              // the second

app.MapGet("/products/{id:int}", async (int id, ITaskGroup tasks) =>
{
    Task<decimal> price = tasks.Run(ct => GetPriceAsync(id, ct));
    Task<int> stock = tasks.Run(ct => GetStockAsync(id, ct));
    Task<string[]> reviews = tasks.RunOrDefault(ct => GetReviewsAsync(id, ct), fallback: []);
    return new ProductPage(id, await price, await stock, await reviews);
}).WithTaskGroup(TimeSpan.FromSeconds(2));

app.Run();

// Three calls that stand for yours.
static async Task<decimal> GetPriceAsync(int id, CancellationToken ct)
{
    await Task.Delay(100, ct);
    return 9.5m * id;
}

static async Task<int> GetStockAsync(int id, CancellationToken ct)
{
    await Task.Delay(50, ct);
    return 100 - id;
}

static async Task<string[]> GetReviewsAsync(int id, CancellationToken ct)
{
    await Task.Delay(50, ct);
    throw new HttpRequestException($"No reviews of {id} today.");
}

internal sealed record ProductPage(int Id, decimal Price, int Stock, string[] Reviews);
// </snippet>
