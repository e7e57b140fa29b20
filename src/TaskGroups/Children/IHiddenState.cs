namespace TaskGroups;

/// <summary>A state of the library's own that a child was started with: reports show the caller's state instead.</summary>
internal interface IHiddenState
{
    /// <summary>The state that the caller gave; <see langword="null"/> if it gave none.</summary>
    object? State => null;
}
