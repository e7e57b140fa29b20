namespace TaskGroups.AspNetCore;

/// <summary>What a request that has ended with an exception is answered for.</summary>
internal enum RequestEnding
{
    /// <summary>The application's own failure: exception handling answers it.</summary>
    Failure,

    /// <summary>The client has gone: 499.</summary>
    ClientGone,

    /// <summary>The limit of the group ran out: 504.</summary>
    TimedOut,

    /// <summary>The group was full: 503.</summary>
    Full,

    /// <summary>The stop of the application cut the request short: 503.</summary>
    HostStopping,

    /// <summary>The request obeyed the soft signal and has no answer: 503.</summary>
    ObeyedStop,
}
