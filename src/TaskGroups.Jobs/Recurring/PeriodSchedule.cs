namespace TaskGroups.Jobs;

/// <summary>Turns at whole multiples of a period, in UTC.</summary>
internal sealed class PeriodSchedule(TimeSpan period) : IJobSchedule
{
    public DateTimeOffset? Next(DateTimeOffset after) =>
        new DateTimeOffset((after.UtcTicks / period.Ticks + 1) * period.Ticks, TimeSpan.Zero);
}
