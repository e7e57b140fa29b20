namespace TaskGroups;

/// <summary>One line of a group's roster: a live child, or a group nested in it. The roster's lock guards the links.</summary>
internal sealed class Member(string name, TaskGroup? nested)
{
    /// <summary>Stands for the body where the end of a task is told: the body is in no roster.</summary>
    public static readonly Member Body = new(nameof(Body), null);

    private static long _lastId;

    private long _id;

    public string Name { get; } = name;

    /// <summary>The nested group; <see langword="null"/> for a child.</summary>
    public TaskGroup? Nested { get; } = nested;

    /// <summary>When the child was taken, then when it was invoked, as a timestamp of the group's clock.</summary>
    public long Since { get; set; }

    /// <summary>Whether the child waits for a slot.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Whether the child's delegate has been invoked. Of a nested group never true.</summary>
    public bool HasBegun { get; set; }

    /// <summary>The work of a child whose failure fails nobody; <see langword="null"/> for others.</summary>
    public IOptionalWork? Optional { get; set; }

    public Member? Previous { get; set; }

    public Member? Next { get; set; }

    /// <summary>Identifies the child; given when first asked for, so that who never asks never pays.</summary>
    public long Id => IdOf(ref _id);

    public static long IdOf(ref long id)
    {
        long known = Volatile.Read(ref id);
        if (known != 0)
        {
            return known;
        }

        long fresh = Interlocked.Increment(ref _lastId);
        Interlocked.CompareExchange(ref id, fresh, 0); // of two who ask at the same instant, one decides for both
        return Volatile.Read(ref id);
    }
}
