using Cronos;

namespace TaskGroups.Jobs;

/// <summary>Configures one kind of job. Read and checked when the job is added.</summary>
public sealed class JobOptions
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(4_294_967_294);

    internal JobOptions()
    {
    }

    /// <summary>How often the job may fail before it has failed for good.</summary>
    /// <value>At least 1; the default is 5. Timeouts are failures; hand-backs and runs that ended with their node are not.</value>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>
    /// How many runs may end with their node before the job has failed: a job that takes its node along must not take them all.
    /// </summary>
    /// <value>At least 0; the default is 3. The engine in memory loses its jobs with the node, so it counts none.</value>
    public int MaxLosses { get; set; } = 3;

    /// <summary>How long one attempt may take, from the invocation of the handler to the end of the last child.</summary>
    /// <value>More than zero, at most 4,294,967,294 milliseconds; <see langword="null"/> (the default): no limit.</value>
    public TimeSpan? Timeout { get; set; }

    /// <summary>How long the job waits after its first failure. The wait doubles with each failure.</summary>
    /// <value>0 to <see cref="MaxRetryDelay"/>; the default is 5 seconds.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait between two attempts.</summary>
    /// <value>At most 30 days; the default is 15 minutes.</value>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// By which part a wait is made longer or shorter at random, so that jobs that failed together do not return together.
    /// </summary>
    /// <value>0 (no jitter) to 1; the default is 0.2.</value>
    public double RetryJitter { get; set; } = 0.2;

    /// <summary>How long a job that succeeded or was canceled is kept: its id is the same job for so long.</summary>
    /// <value>0 to 3,650 days; the default is 1 day.</value>
    public TimeSpan KeepCompleted { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a failed job is kept, to be looked at and run again.</summary>
    /// <value>0 to 3,650 days; the default is 14 days.</value>
    public TimeSpan KeepFailed { get; set; } = TimeSpan.FromDays(14);

    /// <summary>What becomes of turns that passed while no node ran. Only for recurring jobs.</summary>
    /// <value>The default is <see cref="MissedTurns.RunOnce"/>.</value>
    public MissedTurns MissedTurns { get; set; }

    internal IJobSchedule? Schedule { get; private set; }

    /// <summary>Makes the job a recurring one, with a turn at each multiple of a period.</summary>
    /// <param name="period">
    /// 1 second to 366 days, in whole seconds. Turns lie on whole multiples of it since the year 1, in UTC: all nodes agree on them.
    /// </param>
    /// <returns>These options.</returns>
    /// <remarks>
    /// A turn is a job with the id <c>name@2026-11-30T03:00:00Z</c>, so it runs once however many nodes enqueue it. Its payload is an
    /// empty JSON object: every property has its default. Turns that last longer than the period overlap.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="period"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">The job is recurring already.</exception>
    public JobOptions Every(TimeSpan period)
    {
        if (period < TimeSpan.FromSeconds(1) || period > TimeSpan.FromDays(366) || period.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(period), period, "The period of a recurring job is 1 second to 366 days, in whole seconds.");
        }

        return Recur(new PeriodSchedule(period));
    }

    /// <summary>Makes the job a recurring one, with turns that a cron expression gives.</summary>
    /// <param name="expression">
    /// Five fields (minute, hour, day of month, month, day of week), or six with seconds first: <c>0 3 * * *</c> is three o'clock every
    /// night.
    /// </param>
    /// <param name="timeZone">
    /// The zone of the expression; <see langword="null"/>: UTC. A time that summer time skips is taken when the clock has moved; one that
    /// occurs twice is taken once.
    /// </param>
    /// <returns>These options.</returns>
    /// <inheritdoc cref="Every" path="/remarks"/>
    /// <exception cref="ArgumentException"><paramref name="expression"/> is no cron expression; the message says why.</exception>
    /// <exception cref="InvalidOperationException">The job is recurring already.</exception>
    public JobOptions Cron(string expression, TimeZoneInfo? timeZone = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(expression);
        CronFormat format = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length == 6
            ? CronFormat.IncludeSeconds
            : CronFormat.Standard;
        if (!CronExpression.TryParse(expression, format, out CronExpression? parsed))
        {
            throw new ArgumentException(
                $"'{expression}' is no cron expression. Write minute, hour, day of month, month and day of week, for example "
                + "\"0 3 * * *\".",
                nameof(expression));
        }

        return Recur(new CronSchedule(parsed, timeZone ?? TimeZoneInfo.Utc));
    }

    /// <summary>The wait after so many failures.</summary>
    /// <returns><see langword="null"/> if there is no further attempt.</returns>
    internal TimeSpan? RetryAfter(int failures)
    {
        if (failures >= MaxAttempts)
        {
            return null;
        }

        double wait = Math.Min(RetryDelay.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 40)), MaxRetryDelay.TotalSeconds);
        return TimeSpan.FromSeconds(wait * (1 + (RetryJitter * ((2 * Random.Shared.NextDouble()) - 1))));
    }

    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    internal void Check(string job)
    {
        Check(job, nameof(MaxAttempts), MaxAttempts >= 1, "at least 1");
        Check(job, nameof(MaxLosses), MaxLosses >= 0, "at least 0");
        Check(job, nameof(Timeout), Timeout is null || (Timeout > TimeSpan.Zero && Timeout <= LongestTimer),
            "more than zero and at most 4,294,967,294 milliseconds, or null for no limit");
        Check(job, nameof(MaxRetryDelay), MaxRetryDelay >= TimeSpan.Zero && MaxRetryDelay <= TimeSpan.FromDays(30), "0 to 30 days");
        Check(job, nameof(RetryDelay), RetryDelay >= TimeSpan.Zero && RetryDelay <= MaxRetryDelay, "0 to MaxRetryDelay");
        Check(job, nameof(RetryJitter), RetryJitter is >= 0 and <= 1, "0 to 1");
        Check(job, nameof(KeepCompleted), IsKept(KeepCompleted), "0 to 3,650 days");
        Check(job, nameof(KeepFailed), IsKept(KeepFailed), "0 to 3,650 days");
        Check(job, nameof(MissedTurns), Enum.IsDefined(MissedTurns), "RunOnce or Skip");
    }

    private static bool IsKept(TimeSpan time) => time >= TimeSpan.Zero && time <= TimeSpan.FromDays(3_650);

    private static void Check(string job, string option, bool isInRange, string range)
    {
        if (!isInRange)
        {
            throw new ArgumentException($"{option} of the job '{job}' is out of range: it is {range}.");
        }
    }

    private JobOptions Recur(IJobSchedule schedule)
    {
        Schedule = Schedule is null
            ? schedule
            : throw new InvalidOperationException("A job recurs by one schedule. Add a second job for the other one.");
        return this;
    }
}
