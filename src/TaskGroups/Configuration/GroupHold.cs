namespace TaskGroups;

/// <summary>A group that does not complete before this is disposed, if it is held.</summary>
internal readonly struct GroupHold(TaskGroup group, bool isHeld) : IDisposable
{
    public TaskGroup Group => group;

    public void Dispose()
    {
        if (isHeld)
        {
            group.Release();
        }
    }
}

/// <summary>A group of this library around another: combinators and nested groups work on the inner one.</summary>
internal interface ITaskGroupWrapper
{
    TaskGroup Group { get; }

    /// <summary>Finds the group behind this one for a group that is about to be nested in it.</summary>
    /// <returns>The group, with a hold if it could complete before the nested group enters it.</returns>
    GroupHold HoldGroup() => new(Group, isHeld: false);
}
