using Cronos;

namespace TaskGroups.Jobs;

/// <summary>Turns that a cron expression gives in a time zone.</summary>
internal sealed class CronSchedule(CronExpression expression, TimeZoneInfo zone) : IJobSchedule
{
    public DateTimeOffset? Next(DateTimeOffset after) => expression.GetNextOccurrence(after.ToUniversalTime(), zone)?.ToUniversalTime();
}
