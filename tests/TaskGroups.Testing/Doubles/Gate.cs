namespace TaskGroups.Testing;

/// <summary>A door that a test opens; code that waits at it goes on with a stack of its own.</summary>
/// <param name="opensAfter">How often <see cref="Open"/> must be called before the gate opens.</param>
public sealed class Gate(int opensAfter = 1)
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing = opensAfter;

    public bool IsOpen => _opened.Task.IsCompleted;

    public void Open()
    {
        if (Interlocked.Decrement(ref _missing) <= 0)
        {
            _opened.TrySetResult();
        }
    }

    public Task WaitAsync(CancellationToken cancellationToken = default) => _opened.Task.WaitAsync(cancellationToken);
}
