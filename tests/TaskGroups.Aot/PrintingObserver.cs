namespace TaskGroups.Aot;

/// <summary>Overrides every method of an observer and calls the one it overrides.</summary>
internal sealed class PrintingObserver : TaskGroupObserver
{
    private readonly TaskCompletionSource _straggled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a child was reported as straggling.</summary>
    public Task Straggled => _straggled.Task;

    public override void GroupOpened(ITaskGroup group)
    {
        base.GroupOpened(group);
        Console.WriteLine($"opened {group.Name}");
    }

    public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
    {
        base.GroupCanceled(group, reason, child, cause);
        Console.WriteLine($"canceled {group.Name}: {reason}, {child}, {cause?.Message}");
    }

    public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed)
    {
        base.GroupCompleted(group, elapsed);
        Console.WriteLine($"completed {group.Name}");
    }

    public override void ChildStarted(ITaskGroup group, string name)
    {
        base.ChildStarted(group, name);
        Console.WriteLine($"started {name}");
    }

    public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception)
    {
        base.ChildCompleted(group, name, outcome, elapsed, exception);
        Console.WriteLine($"ended {name}: {outcome}, {exception?.Message}");
    }

    public override bool WantsChildEvents => base.WantsChildEvents;

    public override void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited)
    {
        base.ChildNeverStarted(group, name, waited);
        Console.WriteLine($"never started {name}");
    }

    public override void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed)
    {
        base.FailureReported(group, child, exception, kind, elapsed);
        Console.WriteLine($"failed {child ?? group.Name}: {kind}, {exception.Message}");
    }

    public override void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation)
    {
        base.ChildStraggling(group, name, sinceCancellation);
        Console.WriteLine($"straggling {name}");
        _straggled.TrySetResult();
    }

    public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception)
    {
        base.ExceptionUnseen(group, child, exception);
        Console.WriteLine($"unseen {child}: {exception.Message}");
    }
}
