namespace TaskGroups;

/// <summary>Hears that a task which it watches has ended.</summary>
internal interface IWatcher
{
    void Ended(Task task, Member? member);
}
