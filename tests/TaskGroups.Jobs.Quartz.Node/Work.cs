using System.Diagnostics;

namespace TaskGroups.Jobs.Quartz.Node;

/// <summary>Work that takes its time.</summary>
/// <param name="Milliseconds">How long.</param>
/// <param name="IsDeaf">Whether it ignores its token.</param>
public sealed record Work(int Milliseconds, bool IsDeaf = false);

/// <summary>Work that ends its process.</summary>
public sealed record Poison;

internal sealed class DoWork(Ledger ledger) : IJobHandler<Work>
{
    public async Task RunAsync(Work job, JobContext context, CancellationToken cancellationToken)
    {
        Guid run = await ledger.StartAsync(context, job, cancellationToken);
        JobEnd reason = JobEnd.None;
        try
        {
            await Task.Delay(job.Milliseconds, job.IsDeaf ? CancellationToken.None : cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            reason = context.EndReason;
            throw;
        }
        finally
        {
            await ledger.EndAsync(run, reason);
        }
    }
}

internal sealed class DoPoison(Ledger ledger) : IJobHandler<Poison>
{
    public async Task RunAsync(Poison job, JobContext context, CancellationToken cancellationToken)
    {
        await ledger.StartAsync(context, job, cancellationToken);
        Process.GetCurrentProcess().Kill();
    }
}
