namespace TaskGroups.Explored;

/// <summary>Counts what it is told of one group.</summary>
internal sealed class CountingObserver(GroupScene scene) : TaskGroupObserver
{
    public int Opened { get; private set; }

    public int Canceled { get; private set; }

    public Exception? Cause { get; private set; }

    public int Completed { get; private set; }

    public int Started { get; private set; }

    public int NeverStarted { get; private set; }

    public int[] Outcomes { get; } = new int[3];

    public List<Exception> Unseen { get; } = [];

    public ulong Fold() => Testing.StateHash.Fold(
        (ulong)(Opened + (Canceled << 4) + (Completed << 8) + (Started << 12) + (NeverStarted << 16)),
        (ulong)(Outcomes[0] + (Outcomes[1] << 8) + (Outcomes[2] << 16) + (Unseen.Count << 24)));

    public override void GroupOpened(ITaskGroup group)
    {
        if (!IsMine(group))
        {
            return;
        }

        Opened++;
        if (scene.Plan.IsCanceledAtOnce)
        {
            scene.Cancel(group);
        }
    }

    public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
    {
        if (!IsMine(group))
        {
            return;
        }

        Canceled++;
        if (!group.CancellationToken.IsCancellationRequested)
        {
            scene.Break("the observer heard of the cancellation before the token fired");
        }

        Cause = cause;
    }

    public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed)
    {
        if (IsMine(group))
        {
            Completed++;
        }
    }

    public override void ChildStarted(ITaskGroup group, string name)
    {
        if (IsMine(group, name))
        {
            Started++;
        }
    }

    public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception)
    {
        if (IsMine(group, name))
        {
            Outcomes[(int)outcome]++;
        }
    }

    public override void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation) => IsMine(group, name);

    public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception)
    {
        if (IsMine(group))
        {
            Unseen.Add(exception);
        }
    }

    public override void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited)
    {
        if (IsMine(group, name))
        {
            NeverStarted++;
        }
    }

    // Nested groups tell the outer observers too. The first word comes from the constructor, when the scene does not have its group yet.
    private bool IsMine(ITaskGroup group, string? child = null)
    {
        Testing.Explorer.UserPoint("observer");
        if (group.Name != scene.Name)
        {
            return false;
        }

        if (Completed > 0)
        {
            scene.Break("the observer heard of the group after its completion");
        }

        if (child is not null && !Array.Exists(scene.Children, each => each.Name == child))
        {
            scene.Break($"the observer heard of '{child}', which is no child");
        }

        return true;
    }
}
