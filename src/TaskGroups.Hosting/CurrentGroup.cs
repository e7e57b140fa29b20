using System.Runtime.CompilerServices;

namespace TaskGroups.Hosting;

/// <summary>
/// Knows in which group the running code is: that of its child, else that of its body. Registered only by features that ask for it; an
/// application without them pays nothing.
/// </summary>
/// <remarks>
/// Thread-safe. It knows the groups of the application, and those nested in them; the groups of <c>TaskGroup.RunAsync</c> belong to no
/// application.
/// </remarks>
internal sealed class CurrentGroup : TaskGroupObserver
{
    // A group, or a box with one that is emptied when its owner has ended: what the owner refers to is used again then.
    private readonly AsyncLocal<object?> _current = new();

    /// <summary>
    /// The group; <see langword="null"/> outside of groups, and in code that runs on after its group has completed, such as a loop that a
    /// child started by other means.
    /// </summary>
    public ITaskGroup? Value => _current.Value switch
    {
        StrongBox<ITaskGroup?> box => box.Value,
        TaskGroup { IsCompleted: false } group => group,
        _ => null,
    };

    /// <summary>Makes a group the current one of the calling method, which must be async, and of all that it calls.</summary>
    /// <param name="group">A group without a body.</param>
    /// <returns>To be disposed at the end of the method.</returns>
    public Entry Enter(ITaskGroup group)
    {
        var box = new StrongBox<ITaskGroup?>(group);
        _current.Value = box;
        return new Entry(box);
    }

    public override void GroupOpened(ITaskGroup group)
    {
        if (((TaskGroup)group).HasBody)
        {
            _current.Value = group;
        }
    }

    public override void ChildStarted(ITaskGroup group, string name) => _current.Value = group;

    internal override void BodyIsolated(ITaskGroup group) => _current.Value = group;

    /// <summary>The time in which a group is current.</summary>
    internal readonly struct Entry(StrongBox<ITaskGroup?> box) : IDisposable
    {
        public void Dispose() => box.Value = null;
    }
}
