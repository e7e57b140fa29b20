namespace TaskGroups.Hosting;

/// <summary>Says what became of a background child that shutdown cut short.</summary>
public enum UnfinishedReason
{
    /// <summary>The child still waited for a slot or a thread. Its delegate was never invoked.</summary>
    NeverStarted,

    /// <summary>The drain canceled the child, and the child ended because of that.</summary>
    Canceled,

    /// <summary>The child ignored its cancellation and still runs. The application no longer waits for it.</summary>
    StillRunning,
}
