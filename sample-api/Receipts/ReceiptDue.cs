using System.Globalization;
using TaskGroups.Jobs;

namespace SampleApi;

/// <summary>The job that an order owes its customer a receipt.</summary>
internal sealed record ReceiptDue(int OrderId)
{
    private const string Prefix = "receipt-";

    /// <summary>The id of the job: one for each order, however often it is handed over.</summary>
    public JobId Id => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{OrderId}");

    /// <summary>Reads an id; <see langword="null"/> if it is that of another job.</summary>
    public static ReceiptDue? From(JobId id) =>
        id.Value.StartsWith(Prefix, StringComparison.Ordinal)
        && int.TryParse(id.Value.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int orderId)
            ? new ReceiptDue(orderId)
            : null;
}
