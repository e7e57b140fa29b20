using TaskGroups.Jobs;
using TaskGroups.Jobs.Quartz;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Chooses the durable engine for jobs.</summary>
public static class QuartzJobsBuilderExtensions
{
    /// <summary>
    /// Keeps jobs in the application's database, on Quartz.NET: they survive the process, are enqueued in the application's own
    /// transactions, and run on any node of the cluster that has a handler for them.
    /// </summary>
    /// <param name="jobs">The builder of <c>AddJobs</c>.</param>
    /// <param name="configure">Names the database.</param>
    /// <returns><paramref name="jobs"/>.</returns>
    /// <remarks>
    /// The tables are made at the first start. A database that does not answer does not keep the application from starting: until it
    /// does, readiness says why, and jobs wait.
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">An engine has been chosen already, or no database was named.</exception>
    /// <example>
    /// <code>
    /// builder.Services.AddJobs(jobs =>
    /// {
    ///     jobs.Add&lt;SendReceipt, ReceiptDue&gt;("send-receipt");
    ///     jobs.UseQuartz(quartz => quartz.UsePostgres(connectionString));
    /// });
    /// </code>
    /// </example>
    public static JobsBuilder UseQuartz(this JobsBuilder jobs, Action<QuartzJobsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        ArgumentNullException.ThrowIfNull(configure);
        jobs.Registry.Choose(nameof(UseQuartz));
        var options = new QuartzJobsOptions();
        configure(options);
        if (options.ConnectionString is null)
        {
            throw new InvalidOperationException(
                "UseQuartz was told no database. Name it: jobs.UseQuartz(quartz => quartz.UsePostgres(connectionString)).");
        }

        jobs.Services.AddSingleton(options);
        jobs.Services.AddSingleton<IJobEngine, QuartzEngine>();
        return jobs;
    }
}
