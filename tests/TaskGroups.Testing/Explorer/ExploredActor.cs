namespace TaskGroups.Testing;

/// <summary>One strand of an explored program: what a thread does from its start to its end, a step at a time.</summary>
internal sealed class ExploredActor(Explorer explorer, int index, string name, Action action, Func<bool>? when, bool isLast)
{
    public Explorer Explorer => explorer;

    public int Index => index;

    public string Name => name;

    public Action Action => action;

    /// <summary>What the actor waits for, before it starts or in the middle; <see langword="null"/>: nothing.</summary>
    public Func<bool>? When { get; set; } = when;

    /// <summary>Whether the actor starts only when no other can go on.</summary>
    public bool IsLast => isLast;

    /// <summary>The thread that the actor has from its first step on.</summary>
    public ExploredThread? Thread { get; set; }

    public bool IsEnded { get; set; }

    /// <summary>Who continues without a decision when this actor comes to its first point.</summary>
    public ExploredActor? Starter { get; set; }

    public int Steps { get; set; }

    /// <summary>The era in which the actor started.</summary>
    public int Era { get; set; }

    /// <summary>
    /// What the actor has seen so far: its code is deterministic, so this stands for where it is and what its variables hold.
    /// </summary>
    public ulong History { get; set; }

    /// <summary>What the actor has seen in its last step and forgets with the next.</summary>
    public ulong Trial { get; set; }

    public ulong Fold() =>
        IsEnded ? 0 : Thread is null ? 1 : StateHash.Fold(StateHash.Fold((ulong)index + 2, History), Trial);
}
