namespace TaskGroups;

/// <summary>A group of ours around another: combinators and nested groups work on the inner one.</summary>
internal interface ITaskGroupWrapper
{
    TaskGroup Group { get; }
}
