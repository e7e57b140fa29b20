using System.Data.Common;

namespace TaskGroups.Jobs;

/// <summary>Says more about a job that is handed over.</summary>
public sealed class JobEnqueueOptions
{
    /// <summary>The id of the job: the key that makes handing it over twice harmless.</summary>
    /// <value>
    /// <see langword="null"/> (the default): a new one. An id that is there already, also of a job that has ended and is still kept, is
    /// the same job.
    /// </value>
    public JobId? Id { get; set; }

    /// <summary>The transaction in which the job is handed over: with its commit there is a job, with its rollback there is none.</summary>
    /// <value>
    /// An open transaction of the database that keeps the jobs; with EF Core <c>transaction.GetDbTransaction()</c>.
    /// <see langword="null"/> (the default): the job is committed by itself. The engine in memory has no transactions and throws
    /// <see cref="NotSupportedException"/>.
    /// </value>
    public DbTransaction? Transaction { get; set; }

    /// <summary>The earliest start of the first attempt.</summary>
    /// <value><see langword="null"/> (the default), or a time that has passed: at once.</value>
    public DateTimeOffset? NotBefore { get; set; }
}
