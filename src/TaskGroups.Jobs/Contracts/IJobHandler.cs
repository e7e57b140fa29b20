namespace TaskGroups.Jobs;

/// <summary>Does the work of one kind of job.</summary>
/// <typeparam name="TJob">The payload of the job.</typeparam>
/// <remarks>
/// <para>
/// Each attempt has a DI scope of its own, from which the handler comes. The <see cref="ITaskGroup"/> of that scope is the job's group:
/// what the handler starts in it is waited for before the scope is disposed and the attempt ends.
/// </para>
/// <para>
/// A job runs at least once: after a crash, a lost lease or a failure it runs again. <see cref="JobContext.Id"/> is the same on every
/// attempt, so the handler can recognize what it has done already.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// public sealed class SendReceipt(Mail mail) : IJobHandler&lt;ReceiptDue&gt;
/// {
///     public Task RunAsync(ReceiptDue job, JobContext context, CancellationToken cancellationToken) =>
///         mail.SendOnceAsync(context.Id.Value, job.OrderId, cancellationToken);
/// }
/// </code>
/// </example>
public interface IJobHandler<in TJob>
{
    /// <summary>Does the work.</summary>
    /// <param name="job">The payload that was enqueued.</param>
    /// <param name="context">What is known of this attempt.</param>
    /// <param name="cancellationToken">
    /// Fires when the job is canceled, on its timeout, when the node has lost the job's lease, and in the hard phase of the drain;
    /// <see cref="JobContext.EndReason"/> says which.
    /// </param>
    /// <returns>A task that ends with the attempt. An exception is a failure of the attempt.</returns>
    Task RunAsync(TJob job, JobContext context, CancellationToken cancellationToken);
}
