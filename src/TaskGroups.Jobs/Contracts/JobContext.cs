namespace TaskGroups.Jobs;

/// <summary>What a handler knows of the attempt that it runs.</summary>
/// <remarks>May be read from any thread.</remarks>
public sealed class JobContext
{
    private readonly Func<JobEnd>? _endReason;

    /// <summary>Makes a context: for tests of handlers, which need no engine.</summary>
    /// <param name="id">The id of the job.</param>
    /// <param name="name">The name of the job.</param>
    /// <param name="attempt">The number of the attempt, from 1.</param>
    /// <param name="isRecovered">Whether an earlier run of this attempt ended with its node.</param>
    /// <param name="enqueuedAt">When the job was handed over.</param>
    /// <param name="endReason">What has ended the attempt; it is asked each time. <see langword="null"/>: nothing does.</param>
    /// <param name="stoppingToken">The soft signal.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="attempt"/> is less than 1.</exception>
    public JobContext(
        JobId id,
        string name,
        int attempt = 1,
        bool isRecovered = false,
        DateTimeOffset enqueuedAt = default,
        Func<JobEnd>? endReason = null,
        CancellationToken stoppingToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        Id = id;
        Name = name;
        Attempt = attempt;
        IsRecovered = isRecovered;
        EnqueuedAt = enqueuedAt;
        StoppingToken = stoppingToken;
        _endReason = endReason;
    }

    /// <summary>The id of the job: the same on every attempt.</summary>
    public JobId Id { get; }

    /// <summary>The name that the job was registered with.</summary>
    public string Name { get; }

    /// <summary>The number of the attempt, from 1. Only failures count: a run that ended with its node has the same number again.</summary>
    public int Attempt { get; }

    /// <summary>
    /// Whether this attempt has begun before, and ended with its node, its lease or its application: some of its work may be done.
    /// </summary>
    public bool IsRecovered { get; }

    /// <summary>What has ended this attempt from outside, at the latest when the handler's token has fired.</summary>
    /// <value><see cref="JobEnd.None"/> while nothing has. The first reason stays.</value>
    public JobEnd EndReason => _endReason?.Invoke() ?? JobEnd.None;

    /// <summary>The soft signal: the application stops. The handler may finish what it has, until its own token fires.</summary>
    public CancellationToken StoppingToken { get; }

    /// <summary>When the job was handed over.</summary>
    public DateTimeOffset EnqueuedAt { get; }
}
