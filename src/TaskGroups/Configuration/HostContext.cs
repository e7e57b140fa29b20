namespace TaskGroups;

/// <summary>What a host adds to a group that it opens.</summary>
internal sealed class GroupOrigin
{
    public static GroupOrigin None { get; } = new();

    /// <summary>Where scoped children get their services; nested groups inherit it.</summary>
    public object? Services { get; init; }

    /// <summary>Whether a child inherits the execution context of whoever starts it. If not, children must be queued.</summary>
    public bool FlowsContext { get; init; } = true;

    /// <summary>A sentence that tells who comes too late what to do instead.</summary>
    public string? ClosedHint { get; init; }

    /// <summary>What a group nested in such a group has of it.</summary>
    public GroupOrigin ForNested => Services is null ? None : new GroupOrigin { Services = Services };
}
