using System.Diagnostics.CodeAnalysis;
using Waiter = TaskGroups.TaskCompletionSource<bool>;

namespace System.Threading.Channels;

/// <summary>The core's channels: unbounded, with one reader, who goes on elsewhere; here, elsewhere is an actor.</summary>
internal static class Channel
{
    public static Channel<T> CreateUnbounded<T>() => new();
}

/// <inheritdoc cref="Channel"/>
internal sealed class Channel<T>
{
    private readonly Lock _lock = new();
    private readonly Queue<T> _items = new();
    private Waiter? _reader;
    private bool _isComplete;

    public Channel<T> Reader => this;

    public Channel<T> Writer => this;

    public bool TryWrite(T item)
    {
        Waiter? reader;
        lock (_lock)
        {
            if (_isComplete)
            {
                return false;
            }

            _items.Enqueue(item);
            reader = TakeReader();
        }

        reader?.SetResult(true);
        return true;
    }

    public void Complete()
    {
        Waiter? reader;
        lock (_lock)
        {
            if (_isComplete)
            {
                throw new InvalidOperationException("The channel has been completed already.");
            }

            _isComplete = true;
            reader = TakeReader();
        }

        reader?.SetResult(false); // where there are items no reader waits
    }

    public ValueTask<bool> WaitToReadAsync()
    {
        lock (_lock)
        {
            if (_items.Count > 0)
            {
                return new(true);
            }

            if (_isComplete)
            {
                return new(false);
            }

            _reader = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return new(_reader.Task);
        }
    }

    public bool TryRead([MaybeNullWhen(false)] out T item)
    {
        lock (_lock)
        {
            return _items.TryDequeue(out item);
        }
    }

    private Waiter? TakeReader()
    {
        Waiter? reader = _reader;
        _reader = null;
        return reader;
    }
}
