namespace TaskGroups.Jobs.Quartz.Node;

/// <summary>The payload of <c>work</c> in the next version of the node: one property has gone, one has come.</summary>
/// <param name="Milliseconds">How long.</param>
/// <param name="Note">What the version before does not know.</param>
public sealed record NextWork(int Milliseconds, string Note = "none");

/// <summary>Work that only the next version knows.</summary>
public sealed record Audit;

internal sealed class DoNextWork(Ledger ledger) : IJobHandler<NextWork>, IJobHandler<Audit>
{
    public Task RunAsync(NextWork job, JobContext context, CancellationToken cancellationToken) =>
        NoteAsync(job, context, cancellationToken);

    public Task RunAsync(Audit job, JobContext context, CancellationToken cancellationToken) => NoteAsync(job, context, cancellationToken);

    private async Task NoteAsync(object job, JobContext context, CancellationToken cancellationToken) =>
        await ledger.EndAsync(await ledger.StartAsync(context, job, cancellationToken), JobEnd.None);
}
