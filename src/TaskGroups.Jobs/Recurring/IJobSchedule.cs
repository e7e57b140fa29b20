namespace TaskGroups.Jobs;

/// <summary>The turns of a recurring job. Each node computes the same ones.</summary>
internal interface IJobSchedule
{
    /// <summary>The first turn after a time; <see langword="null"/> if there is none.</summary>
    DateTimeOffset? Next(DateTimeOffset after);
}
