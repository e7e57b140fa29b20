namespace TaskGroups;

/// <summary>A host that watches the timeouts of many groups at once, and knows from which moment the time of each counts.</summary>
internal interface ITimeoutWatch
{
    /// <summary>What is left of the timeout of a group that has not ended; zero or less: it has passed.</summary>
    TimeSpan LeftOf(IObservedGroup group);
}
