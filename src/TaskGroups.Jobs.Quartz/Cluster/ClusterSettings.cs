using System.Globalization;
using Npgsql;
using Quartz;

namespace TaskGroups.Jobs.Quartz;

/// <summary>The settings of the engine. They decide whether jobs are lost or run twice, so the application cannot set them.</summary>
internal static class ClusterSettings
{
    public const string SchedulerName = "TaskGroups";

    /// <summary>How many jobs a node takes where its group has no limit.</summary>
    public const int UnlimitedConcurrency = 1000;

    /// <summary>Of a node without jobs, which serves nothing: an empty list would serve everything.</summary>
    private const string NoGroup = "none";

    /// <summary>How often a node says that it lives.</summary>
    public static TimeSpan CheckinInterval { get; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long after a check-in was due the node counts as gone. Longer than any pause of a node that lives: a garbage collection, a
    /// virtual machine that moves.
    /// </summary>
    public static TimeSpan CheckinThreshold { get; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a node looks whether its jobs are still its own: the watcher's period.</summary>
    public static TimeSpan WatchPeriod { get; } = CheckinInterval / 2;

    /// <summary>
    /// After so long without a check-in a node gives its jobs up: so much earlier than other nodes take them that its jobs have ended
    /// by then. Two periods: the check-in is seen by a watch up to one period late, and the next watch is up to one period away.
    /// </summary>
    public static TimeSpan LeaseTime { get; } = CheckinInterval + CheckinThreshold - (2 * WatchPeriod);

    // Commits, too, have no other limit than that of their connection.
    private static TimeSpan LongestAnswer => 2 * CheckinThreshold;

    /// <summary>The name under which the engine knows the jobs of a name. Nodes serve the names that they have handlers for.</summary>
    public static string GroupOf(string job) => "job:" + job;

    /// <summary>Adds to a connection string what holds for all connections of the engine.</summary>
    public static string Complete(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            // The engine is no part of an ambient transaction: a job joins the transaction that it was given.
            Enlist = false,

            // A cancellation breaks the connection. Npgsql would ask the server first, which blocks threads, and with them the stop of the
            // application, while the network brings no answer.
            CancellationTimeout = -1,
        };
        settings.Timeout = Shorter(settings.Timeout, CheckinThreshold);
        settings.CommandTimeout = Shorter(settings.CommandTimeout, LongestAnswer);

        // A node that freezes inside a transaction holds the engine's lock: the server ends its session, and the others go on.
        string limit = $"-c idle_in_transaction_session_timeout={(int)CheckinThreshold.TotalMilliseconds}";
        settings.Options = string.IsNullOrEmpty(settings.Options) ? limit : $"{settings.Options} {limit}";
        return settings.ConnectionString;
    }

    public static void Configure(
        IQuartzBuilder builder, string connectionString, string node, int concurrency, IEnumerable<string> jobs)
    {
        builder.ConfigureScheduler(options =>
        {
            options.InstanceName = SchedulerName;
            options.InstanceId = node;
            options.IdleWaitTime = TimeSpan.FromSeconds(1);
            options.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            options.PropagateTraceContext = false; // the row has the context of the call
        });
        builder.UseDefaultThreadPool(concurrency);
        builder.ServeExecutionGroups([.. jobs.Select(GroupOf).DefaultIfEmpty(NoGroup)]);
        builder.UsePersistentStore(store =>
        {
            store.UsePostgres(NpgsqlFactory.Instance, connectionString);
            store.ProvisionSchema();
            store.UseClustering(cluster =>
            {
                cluster.CheckinInterval = CheckinInterval;
                cluster.CheckinMisfireThreshold = CheckinThreshold;
            });
            store.ConfigureStore(options =>
            {
                // With the lock, a transaction of the application that has enqueued a job would hold up every node until it ends.
                options.LockOnInsert = false;
                options.AcceptEnlistedTransactions = true;
                options.UseBackgroundThreads = true; // others keep a process alive that waits for an answer of the database
                options.StoreJobDataAsStrings = true;
                options.RecoverFiringsCancelledByShutdown = true;
                options.DbRetryInterval = WatchPeriod;
                options.CommandTimeout = LongestAnswer;
                options.MaxConsecutiveFireFailures = 0; // a trigger in error would be a job that is never run
            });
        });
    }

    /// <summary>What the engine gets for a turn.</summary>
    public static (IJobDetail Job, ITrigger Trigger) Describe(NewTurn turn)
    {
        IJobDetail job = JobBuilder.Create<TurnJob>().WithIdentity(KeyOf(turn.Turn)).RequestRecovery().Build();
        ITrigger trigger = TriggerBuilder.Create()
            .WithIdentity(turn.Turn.Id.Value, NumberOf(turn.Turn))
            .ForJob(job)
            .WithExecutionGroup(GroupOf(turn.Name))
            .StartAt(turn.Due)
            .WithSchedule(SimpleScheduleBuilder.Create().WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires))
            .Build();
        return (job, trigger);
    }

    /// <summary>The engine's name for a turn.</summary>
    public static JobKey KeyOf(Turn turn) => new(turn.Id.Value, NumberOf(turn));

    /// <summary>Reads which turn a job of the engine is.</summary>
    public static Turn TurnOf(JobKey key) =>
        new(key.Name, long.Parse(key.Group, CultureInfo.InvariantCulture));

    // 0 is no limit at all.
    private static int Shorter(int seconds, TimeSpan limit)
    {
        int most = (int)limit.TotalSeconds;
        return seconds == 0 ? most : Math.Min(seconds, most);
    }

    private static string NumberOf(Turn turn) => turn.Number.ToString(CultureInfo.InvariantCulture);
}
