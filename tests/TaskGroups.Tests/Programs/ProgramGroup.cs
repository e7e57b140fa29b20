namespace TaskGroups.Tests;

/// <summary>A random program: a group with the steps of its body, some of which open nested groups.</summary>
internal sealed record ProgramGroup(
    FailurePolicy Policy, ChildStart Start, int? Limit, bool HasTimeout, bool BodyFails, IReadOnlyList<ProgramStep> Steps)
{
    public static TimeSpan Timeout { get; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether some child waits for a cancellation, which the body must then see to.</summary>
    public bool Blocks => Steps.Any(step => step.Blocks);

    /// <summary>Whether nothing in the program fails, cancels or waits for a cancellation: everything must succeed.</summary>
    public bool IsCalm => !BodyFails && Steps.All(
        step => step.Act is ProgramAct.Succeed or ProgramAct.Stop || (step.Act == ProgramAct.Nest && step.Nested!.IsCalm));

    /// <summary>
    /// Whether the body may await a step: not if it waits for a cancellation itself, or for a slot that such a child has.
    /// </summary>
    public bool CanAwait(int index) => !Steps[index].Blocks && (Limit is null || !Steps.Take(index).Any(step => step.Blocks));

    public TaskGroupOptions Options(string name, TimeProvider clock, TaskGroupObserver? observer) => new()
    {
        Name = name,
        FailurePolicy = Policy,
        ChildStart = Start,
        MaxConcurrency = Limit,
        Timeout = HasTimeout ? Timeout : null,
        TimeProvider = clock,
        Observer = observer,
    };

    public override string ToString() =>
        $"{Policy}/{Start}{(Limit is null ? "" : $"/{Limit} at once")}{(HasTimeout ? "/timeout" : "")}"
        + $"[{string.Join("; ", Steps.Select(step => step.ToString()).Concat(BodyFails ? ["throw"] : []))}]";
}
