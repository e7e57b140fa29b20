namespace TaskGroups;

/// <summary>Lets a child that was started with <c>StartAsync</c> say that it is ready.</summary>
/// <typeparam name="T">What the child hands to its starter.</typeparam>
public interface IStartSignal<in T>
{
    /// <summary>Completes the starter's <c>StartAsync</c> with a value; the child runs on.</summary>
    /// <param name="value">What the starter receives.</param>
    /// <exception cref="InvalidOperationException">The child has called this before, or has ended.</exception>
    /// <exception cref="OperationCanceledException">The code that started the child has given up. Carries the child's token.</exception>
    void Started(T value);
}
