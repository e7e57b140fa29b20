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
            logger.GroupFailed(group.Name, child ?? "its body", cause);
        }
    }

    internal override void NestedBodyFailed(ITaskGroup group, Exception failure) =>
        logger.GroupFailed(group.Name, "its body", failure);

    public override void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation) =>
        logger.ChildStraggles(group.Name, name, sinceCancellation.TotalMilliseconds);

    public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception) =>
        logger.ExceptionUnseen(group.Name, child, exception);
}
