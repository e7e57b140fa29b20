namespace TaskGroups;

/// <summary>
/// The execution context in which nothing flows. .NET has no name for it: it is what a thread has that was started without one.
/// </summary>
internal static class EmptyContext
{
    public static ExecutionContext Value { get; } = Find();

    private static ExecutionContext Find()
    {
        ExecutionContext? empty = null;
        var thread = new Thread(() => empty = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return empty!;
    }
}
