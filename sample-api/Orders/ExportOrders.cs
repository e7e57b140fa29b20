using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Polly;
using TaskGroups;

namespace SampleApi;

/// <summary>
/// The lesson: a stream. Rows are written while the prices of later ones are looked up, at most sixteen ahead of the client. The join comes
/// after the last row, which <c>DisableTaskGroup</c> says. What fails in the middle aborts the connection: half an export must
/// not look like a whole one. A client that leaves ends the lookups.
/// </summary>
internal static class ExportOrders
{
    private const int DefaultCount = 1_000;
    private const int LookAhead = 16;

    public static void MapExportOrders(this IEndpointRouteBuilder app) =>
        app.MapGet("/exports/orders.csv", Export).DisableTaskGroup();

    private static PushStreamHttpResult Export(
        [Range(1, int.MaxValue)] int? count,
        ITaskGroup tasks,
        StorefrontDb db,
        PricesClient prices,
        [FromKeyedServices("prices")] ResiliencePipeline retry)
    {
        IAsyncEnumerable<ExportedOrder> orders = db.Orders.OrderBy(o => o.Id).Take(count ?? DefaultCount)
            .Select(o => new ExportedOrder(o.Id, o.ProductId, o.Product!.Name, o.Quantity, o.Total))
            .AsAsyncEnumerable();
        IAsyncEnumerable<string> rows = tasks.StreamAsync(
            orders,
            async (order, ct) => Row(order, await retry.ExecuteAsync(async token => await prices.GetAsync(order.ProductId, token), ct)),
            LookAhead);
        return TypedResults.Stream(body => WriteAsync(body, rows, tasks.CancellationToken), "text/csv; charset=utf-8", "orders.csv");
    }

    private static async Task WriteAsync(Stream body, IAsyncEnumerable<string> rows, CancellationToken cancellationToken)
    {
        await WriteLineAsync("id,productName,quantity,total,price");
        await foreach (string row in rows)
        {
            await WriteLineAsync(row);
        }

        async Task WriteLineAsync(string line)
        {
            await body.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
            await body.FlushAsync(cancellationToken);
        }
    }

    private static string Row(ExportedOrder order, decimal price) => string.Create(
        CultureInfo.InvariantCulture,
        $"{order.Id},{Quoted(order.ProductName)},{order.Quantity},{order.Total:0.00},{price:0.00}");

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private sealed record ExportedOrder(int Id, int ProductId, string ProductName, int Quantity, decimal Total);
}
