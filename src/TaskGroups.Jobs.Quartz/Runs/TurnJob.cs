using Quartz;

namespace TaskGroups.Jobs.Quartz;

/// <summary>What the engine fires: a turn of a job.</summary>
/// <remarks>The engine stores the full name of this type with every turn, so it can never be renamed.</remarks>
internal sealed class TurnJob(NodeRuns runs) : IJob
{
    public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        new(runs.ExecuteAsync(ClusterSettings.TurnOf(context.JobDetail.Key), context.FireInstanceId, cancellationToken));
}
