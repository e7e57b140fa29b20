namespace TaskGroups;

/// <summary>An object that is used again and again: see <see cref="Pile"/>.</summary>
internal abstract class Piled
{
    /// <summary>The next object in a pile of unused ones; free for other use meanwhile.</summary>
    public object? Link { get; set; }
}
