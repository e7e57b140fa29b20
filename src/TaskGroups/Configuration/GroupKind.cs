namespace TaskGroups;

/// <summary>What a group stands for.</summary>
internal enum GroupKind
{
    /// <summary>A nested group, a combinator's, or one that nothing else is said of.</summary>
    Group,

    /// <summary>The group of an HTTP request.</summary>
    Request,

    /// <summary>The group of something that stays connected: a hub invocation, a WebSocket, a stream of events.</summary>
    Connection,

    /// <summary>A background group of the application.</summary>
    Background,

    /// <summary>An attempt of a job.</summary>
    Job,

    /// <summary>The group of a DI scope.</summary>
    Scope,
}
