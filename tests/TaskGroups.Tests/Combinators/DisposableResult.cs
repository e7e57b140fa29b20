namespace TaskGroups.Tests;

/// <summary>Counts how often a result was disposed.</summary>
internal abstract class DisposableResult(Exception? onDispose)
{
    private int _disposals;

    public int Disposals => _disposals;

    protected void NoteDisposal()
    {
        Interlocked.Increment(ref _disposals);
        if (onDispose is not null)
        {
            throw onDispose;
        }
    }
}

internal sealed class AsyncDisposableResult(Exception? onDispose) : DisposableResult(onDispose), IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Task.Yield();
        NoteDisposal();
    }
}

internal sealed class SyncDisposableResult(Exception? onDispose) : DisposableResult(onDispose), IDisposable
{
    public void Dispose() => NoteDisposal();
}
