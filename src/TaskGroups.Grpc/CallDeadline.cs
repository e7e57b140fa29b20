namespace TaskGroups.Grpc;

/// <summary>Turns the deadline of a call into the limit of its group.</summary>
internal static class CallDeadline
{
    private static readonly TimeSpan LongestMargin = TimeSpan.FromMilliseconds(20);

    /// <summary>How long the group has; <see langword="null"/> if the call has no deadline.</summary>
    /// <remarks>
    /// A twentieth less than the call, at most 20 ms: else gRPC's own timer resets the stream in the moment in which the group ends, and
    /// which of the two comes first would decide what children see. The deadline lies on the clock of the system, as gRPC reads it.
    /// </remarks>
    public static TimeSpan? LimitOf(DateTime deadline)
    {
        if (deadline == DateTime.MaxValue)
        {
            return null;
        }

        TimeSpan left = deadline - TimeProvider.System.GetUtcNow().UtcDateTime;
        TimeSpan margin = left / 20;
        TimeSpan limit = left - (margin < LongestMargin ? margin : LongestMargin);
        return limit > TimeSpan.Zero ? limit : TimeSpan.Zero;
    }
}
