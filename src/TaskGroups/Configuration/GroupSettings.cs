namespace TaskGroups;

/// <summary>The options of a group as they were when it opened, with what it inherits. Immutable.</summary>
internal sealed class GroupSettings
{
    private const double LongestTimerMilliseconds = 4_294_967_294; // what a timer can count

    private readonly Func<IObservedGroup, GroupSettings, GroupInstrumentation?>? _follow;
    private GroupSettings? _shared; // of settings that one followed group has: those that it was to have
    private GroupSettings? _nested;
    private GroupClock? _exactClock;

    private GroupSettings(TaskGroupOptions options, GroupSettings? outer, HostContext? hostContext)
    {
        Timeout = TimerSpan(options.Timeout, nameof(options.Timeout));
        MaxConcurrency = AtLeast(1, options.MaxConcurrency, nameof(options.MaxConcurrency));
        MaxWaiting = AtLeast(0, options.MaxWaiting, nameof(options.MaxWaiting));
        if (MaxWaiting is not null && MaxConcurrency is null)
        {
            throw new ArgumentException(
                $"{nameof(options.MaxWaiting)} bounds who waits for a slot, so it needs {nameof(options.MaxConcurrency)}: set both, or "
                    + $"neither.",
                nameof(options));
        }

        FailurePolicy = Defined(options.FailurePolicy, nameof(options.FailurePolicy));
        ChildStart = Defined(options.ChildStartOrInherited ?? outer?.ChildStart ?? default, nameof(options.ChildStart));
        StragglerAfter = TimerSpan(
            options.IsStragglerAfterSet || outer is null ? options.StragglerAfter : outer.StragglerAfter, nameof(options.StragglerAfter));
        OwnStragglerAfter = options.IsStragglerAfterSet ? StragglerAfter : null;
        Observers = ObserverList.Combine(options.Observer, outer?.Observers);
        TracksChildren = options.TrackChildren || Timeout is not null || Observers is not null || outer is { TracksChildren: true };
        Clock = new GroupClock(
            options.TimeProviderOrInherited ?? outer?.Clock.Provider ?? TimeProvider.System,
            isExact: Observers is { WantsChildEvents: true });
        HostContext = hostContext ?? outer?.HostContext.ForNested ?? HostContext.None;
        ChildLimit = hostContext?.ChildLimit ?? outer?.ChildLimit;
        _follow = hostContext?.Follow ?? outer?._follow;
    }

    /// <summary>What a group has whose opener says nothing.</summary>
    public static GroupSettings Default { get; } = new(new TaskGroupOptions(), null, null);

    public TimeSpan? Timeout { get; }

    /// <summary>The host's, if it watches the timeout for all such groups at once: the group itself has no timer then.</summary>
    public ITimeoutWatch? TimeoutWatch { get; private set; }

    public int? MaxConcurrency { get; }

    public int? MaxWaiting { get; }

    /// <summary>Whether a group with these settings has a <see cref="ConcurrencyLimiter"/>.</summary>
    public bool IsLimited => MaxConcurrency is not null || HostContext.Limiter is not null;

    public FailurePolicy FailurePolicy { get; }

    public ChildStart ChildStart { get; }

    public bool TracksChildren { get; }

    public TimeSpan? StragglerAfter { get; }

    /// <summary><see cref="StragglerAfter"/> if the opener of this group has set it.</summary>
    public TimeSpan? OwnStragglerAfter { get; }

    public ObserverList? Observers { get; }

    public GroupClock Clock { get; private set; }

    /// <summary>What follows the one group that has these settings; <see langword="null"/>: nothing does.</summary>
    public GroupInstrumentation? Instrumentation { get; private set; }

    public HostContext HostContext { get; private set; }

    /// <summary>Bounds the children of this group together with those of others; <see langword="null"/>: nothing does.</summary>
    public SharedChildLimit? ChildLimit { get; }

    /// <summary>Reads and checks the options of a group that opens.</summary>
    public static GroupSettings Read(TaskGroupOptions? options, GroupSettings? outer, HostContext? hostContext = null)
    {
        if (options is not null)
        {
            return new GroupSettings(options, outer, hostContext);
        }

        GroupSettings shared = outer!._shared ?? outer; // only a nested group comes without options
        return shared._nested ??= new GroupSettings(new TaskGroupOptions(), shared, null);
    }

    /// <summary>The settings of one group that opens: these, or a copy with what follows the group, and with exact time for it.</summary>
    public GroupSettings For(IObservedGroup group)
    {
        if (_follow?.Invoke(group, this) is not { } instrumentation)
        {
            return this;
        }

        var followed = (GroupSettings)MemberwiseClone();
        followed._shared = this;
        followed.Clock = _exactClock ??= new GroupClock(Clock.Provider, isExact: true);
        followed.Instrumentation = instrumentation;
        return followed;
    }

    /// <summary>The same settings for a group that stands for something else.</summary>
    /// <inheritdoc cref="HostContext.With" path="/param"/>
    public GroupSettings With(GroupKind kind, string? completedHint = null)
    {
        var settings = (GroupSettings)MemberwiseClone();
        settings.HostContext = HostContext.With(kind, completedHint);
        return settings;
    }

    /// <summary>The same settings for groups whose timeout the host watches.</summary>
    public GroupSettings WithWatchedTimeout(ITimeoutWatch watch)
    {
        var settings = (GroupSettings)MemberwiseClone();
        settings.TimeoutWatch = watch;
        return settings;
    }

    /// <summary>The limiter of a group that opens: the host's, which several groups share, or one of its own.</summary>
    public ConcurrencyLimiter? CreateLimiter() =>
        HostContext.Limiter ?? (MaxConcurrency is { } size ? new ConcurrencyLimiter(size, MaxWaiting) : null);

    private static TimeSpan? TimerSpan(TimeSpan? value, string property)
    {
        if (value is not { } span || span == System.Threading.Timeout.InfiniteTimeSpan)
        {
            return null;
        }

        return span >= TimeSpan.Zero && span.TotalMilliseconds <= LongestTimerMilliseconds
            ? span
            : throw new ArgumentOutOfRangeException(
                property,
                value,
                $"{property} must lie between zero and 4,294,967,294 milliseconds (about 49.7 days), or be null for none.");
    }

    private static int? AtLeast(int minimum, int? value, string property) =>
        value is null || value >= minimum
            ? value
            : throw new ArgumentOutOfRangeException(property, value, $"{property} must be at least {minimum}, or null for no limit.");

    private static TEnum Defined<TEnum>(TEnum value, string property)
        where TEnum : struct, Enum =>
        Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                property, value, $"{property} must be one of {string.Join(", ", Enum.GetNames<TEnum>())}.");
}
