namespace TaskGroups.Hosting;

/// <summary>
/// Supervised work ended, although it is to run as long as the application. The restart pipeline of
/// <see cref="BackgroundTaskGroupExtensions.Supervise"/> handles this exception like a failure, so its <c>ShouldHandle</c> must accept it.
/// </summary>
/// <remarks>
/// The inner exception is <see langword="null"/> if the work returned, or the <see cref="OperationCanceledException"/> with which it ended
/// although neither its group was canceled nor the application stops.
/// </remarks>
public sealed class SupervisedWorkEndedException : Exception
{
    /// <summary>Creates the exception with a general message.</summary>
    public SupervisedWorkEndedException()
        : base("Supervised work ended, although it is to run as long as the application.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">Which work ended, and after what time.</param>
    public SupervisedWorkEndedException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">Which work ended, and after what time.</param>
    /// <param name="innerException">The cause.</param>
    public SupervisedWorkEndedException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
