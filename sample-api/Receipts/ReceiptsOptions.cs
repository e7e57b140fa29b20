namespace SampleApi;

/// <summary>Where receipts go, from <c>Receipts</c>.</summary>
internal sealed class ReceiptsOptions
{
    public const int MaxDelayMs = 600_000;

    /// <value>A path, relative to the content root.</value>
    public string Directory { get; set; } = "receipts";

    /// <value>Milliseconds that a receipt takes; makes the drain visible.</value>
    public int DelayMs { get; set; } = 200;
}
