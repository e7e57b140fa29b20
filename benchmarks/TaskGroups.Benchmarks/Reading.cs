namespace TaskGroups.Benchmarks;

/// <summary>One row of the table: what was measured, and what it should be.</summary>
/// <param name="Metric">What is measured.</param>
/// <param name="Value">The median of the rounds, with the middle half.</param>
/// <param name="Gate">What must hold; <see langword="null"/>: reported, not judged.</param>
/// <param name="Stretch">What should hold.</param>
/// <param name="Format">How figures are written.</param>
/// <param name="Unit">Follows each figure: "x" for a ratio, " B" for bytes.</param>
/// <param name="MoreIsBetter">Whether gate and stretch are lower bounds.</param>
internal sealed record Reading(
    string Metric, Spread Value, double? Gate, double? Stretch, string Format = "0.00", string Unit = "x", bool MoreIsBetter = false)
{
    public string ToRow() => $"| {Metric} | {Value.Format(Format)}{Unit} | {Bound(Gate)} | {Bound(Stretch)} | {Verdict} |";

    private string Verdict => Gate is null ? "reported"
        : Holds(Stretch) ? "stretch"
        : Holds(Gate) ? "gate"
        : "**missed**";

    private string Bound(double? bound) =>
        bound is { } value ? $"{(MoreIsBetter ? "≥" : "≤")} {Spread.Exact(value).Format("0.##")}{Unit}" : "";

    private bool Holds(double? bound) => bound is { } value && (MoreIsBetter ? Value.Median >= value : Value.Median <= value);
}
