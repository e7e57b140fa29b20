namespace TaskGroups;

/// <summary>One line of a group's roster: a live child, or a group nested in it. The roster's lock guards the links.</summary>
/// <remarks>
/// Used again and again, since the hosts keep a line for every child. So nobody but its owner, who puts it into the roster and takes it
/// out, may keep one:
/// others copy what they need under the roster's lock.
/// </remarks>
internal sealed class Member : Piled
{
    /// <summary>Stands for the body where the end of a task is told: the body is in no registry.</summary>
    public static readonly Member Body = new();

    private static readonly Depot Depot = new();

    private static long _lastId;

    [ThreadStatic]
    private static Pile? _unused;

    private long _id;

    private Member()
    {
    }

    public string Name { get; private set; } = "";

    /// <summary>The nested group; <see langword="null"/> for a child.</summary>
    public TaskGroup? Nested { get; private set; }

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

    private static Pile Unused => _unused ??= new Pile(Depot);

    public static Member Of(string name, TaskGroup? nested)
    {
        Member member = (Member?)Unused.Take() ?? new Member();
        member.Name = name;
        member.Nested = nested;
        return member;
    }

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

    /// <summary>Lets go of a line that is in no roster any more.</summary>
    public void Free()
    {
        Name = "";
        Nested = null;
        Since = 0;
        IsWaiting = false;
        HasBegun = false;
        Optional = null;
        _id = 0;
        Unused.Put(this);
    }
}
