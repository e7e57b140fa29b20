namespace TaskGroups;

/// <summary>What a host adds to a group that it opens.</summary>
internal sealed class HostContext
{
    public static HostContext None { get; } = new();

    /// <summary>Where scoped children get their services; nested groups inherit it.</summary>
    public object? Services { get; init; }

    /// <summary>Whether a child inherits the execution context of whoever starts it. If not, children must be queued.</summary>
    public bool FlowsContext { get; init; } = true;

    /// <summary>Bounds the children of such a group and of all that are nested in it, together with those of others.</summary>
    public SharedChildLimit? ChildLimit { get; init; }

    /// <summary>A sentence that tells who comes too late what to do instead.</summary>
    public string? CompletedHint { get; init; }

    /// <summary>The former name of <see cref="CompletedHint"/>.</summary>
    public string? ClosedHint
    {
        get => CompletedHint;
        init => CompletedHint = value;
    }

    /// <summary>What a group nested in such a group has of it.</summary>
    public HostContext ForNested => Services is null ? None : new HostContext { Services = Services };
}
