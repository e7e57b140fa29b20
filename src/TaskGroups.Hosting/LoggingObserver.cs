using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>
/// Logs what happens in the groups of requests and scopes. Whoever awaits such a group learns of its failure and logs it; only what no
/// await will
/// throw is a warning here (R14).
/// </summary>
internal sealed class LoggingObserver(ILogger logger) : TaskGroupObserver
{
    internal override bool HearsOfChildren => false;

    public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
    {
        if (reason == CancellationReason.ChildFailed)
        {
            Log.GroupFailed(logger, group.Name, child ?? "its body", cause);
        }
    }

    internal override void NestedBodyFailed(ITaskGroup group, Exception failure) =>
        Log.GroupFailed(logger, group.Name, "its body", failure);

    public override void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation) =>
        Log.ChildStraggles(logger, group.Name, name, sinceCancellation.TotalMilliseconds);

    public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception) =>
        Log.ExceptionUnseen(logger, group.Name, child, exception);
}
