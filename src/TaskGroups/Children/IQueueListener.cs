namespace TaskGroups;

/// <summary>A host that looks at the limits in which children wait; what stands in <see cref="HostContext.Services"/> may be one.</summary>
internal interface IQueueListener
{
    /// <summary>Is told of a limit in which a child waits for the first time. Thread-safe; may be told twice; must not throw.</summary>
    void ChildWaits(ConcurrencyLimiter limiter);
}
