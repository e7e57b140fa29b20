namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="OutcomeRules"/>: a row of the table of R18.</summary>
internal static class OutcomeRulesFaults
{
    public static Fault[] All =>
    [
        new(
            "A group that the host stopped succeeds although work was cut short",
            new Edit(
                "(_, true, CancellationReason.CallerCanceled or CancellationReason.HostStopping, _)",
                "(_, true, CancellationReason.CallerCanceled, _)")),
    ];
}
