namespace TaskGroups;

/// <summary>Says what failed in <see cref="TaskGroupObserver.FailureReported"/>.</summary>
public enum FailureKind
{
    /// <summary>A child of the group, whose failure the group's <see cref="FailurePolicy"/> applies to.</summary>
    Child,

    /// <summary>
    /// A child whose failure concerns only the code that started it: an optional child, or one of <c>StartAsync</c> that was not ready.
    /// </summary>
    Optional,

    /// <summary>The body of the group.</summary>
    Body,

    /// <summary>The group itself, nested in another, ends with this failure: its first one, or its timeout.</summary>
    Nested,

    /// <summary>A callback that was registered on a token of the group, or the group's <see cref="TimeProvider"/>.</summary>
    Callback,

    /// <summary>The disposal of a result, of a source or of a scope.</summary>
    Disposal,

    /// <summary>A method of the observer itself. Only that observer is called.</summary>
    Observer,
}
