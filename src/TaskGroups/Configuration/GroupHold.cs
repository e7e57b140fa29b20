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
