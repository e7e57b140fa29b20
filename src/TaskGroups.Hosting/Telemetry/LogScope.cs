using System.Collections;

namespace TaskGroups.Hosting;

/// <summary>The scope of what a child, or the body of a group, logs: its names as properties. Immutable.</summary>
/// <param name="group">The name of the group.</param>
/// <param name="child">The name of the child; <see langword="null"/> for the body.</param>
internal sealed class LogScope(string group, string? child) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => child is null ? 1 : 2;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("TaskGroup", group),
        1 when child is not null => new("Child", child),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (int index = 0; index < Count; index++)
        {
            yield return this[index];
        }
    }

    public override string ToString() => child is null ? $"TaskGroup:{group}" : $"TaskGroup:{group} Child:{child}";

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
