namespace TaskGroups.Testing;

/// <summary>One schedule that was run.</summary>
/// <param name="Choices">The actor that was chosen at each decision between two or more: all that a replay needs.</param>
/// <param name="Steps">The number of steps.</param>
/// <param name="Failure">What went wrong; <see langword="null"/> if nothing did.</param>
/// <param name="Outcome">What the program says came out; empty if it failed.</param>
/// <param name="Trail">Every step as "actor: point"; empty unless asked for.</param>
public sealed record ExploredSchedule(
    IReadOnlyList<int> Choices, int Steps, string? Failure, string Outcome, IReadOnlyList<string> Trail)
{
    public override string ToString() =>
        $"{Failure ?? "No failure."}{Environment.NewLine}choices: {string.Join(',', Choices)}{Environment.NewLine}"
        + string.Join(Environment.NewLine, Trail.Select((step, index) => $"{index,4} {step}"));
}
