namespace TaskGroups;

/// <summary>
/// A group refused a child because <see cref="TaskGroupOptions.MaxConcurrency"/> children run and
/// <see cref="TaskGroupOptions.MaxWaiting"/> more wait. The delegate was not invoked, and the group is unharmed.
/// </summary>
public sealed class TaskGroupFullException : InvalidOperationException
{
    /// <summary>Creates the exception with a general message.</summary>
    public TaskGroupFullException()
        : base("The task group is full.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What was refused, by which group, and why.</param>
    public TaskGroupFullException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What was refused, by which group, and why.</param>
    /// <param name="innerException">The cause.</param>
    public TaskGroupFullException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
