namespace TaskGroups.Analyzers;

/// <summary>What a method of the library does with the delegates that it is given.</summary>
internal enum GroupCallKind
{
    /// <summary>Nothing: it is no method of the library, or takes no delegate.</summary>
    None,

    /// <summary>Starts a child, which its group awaits: <c>Run</c>, <c>RunScoped</c>, <c>TryRun</c>, <c>Supervise</c>.</summary>
    Child,

    /// <summary>Starts children whose failure only an await shows: <c>AllAsync</c>, <c>RaceAsync</c>, <c>EnqueueAsync</c>.</summary>
    Combinator,

    /// <summary>Opens a group and runs the delegate as its body: <c>RunAsync</c>, <c>RunGroupAsync</c>.</summary>
    Body,
}
