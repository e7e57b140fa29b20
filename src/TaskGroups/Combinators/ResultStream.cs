using System.Threading.Channels;

namespace TaskGroups;

/// <summary>The way of the items of one stream from its source to its consumer.</summary>
internal sealed class ResultStream<TSource, TResult>(
    TaskGroup group,
    Func<TSource, CancellationToken, Task<TResult>> work,
    int readAhead,
    bool preserveOrder,
    ResultDisposal? disposal)
{
    // Holds the places: an item takes one before its child starts, and the consumer gives it back.
    private readonly SemaphoreSlim _window = new(readAhead);
    private readonly Channel<Task<TResult>> _children = Channel.CreateUnbounded<Task<TResult>>();
    private int _pendingProducers = 1; // the reader, and each child that the consumer is told of when it ends
    private bool _hasTaken;

    /// <summary>
    /// The child that did not succeed, at which the stream ends; <see langword="null"/> while the consumer has not met one.
    /// </summary>
    public Task<TResult>? FirstUnsuccessful { get; private set; }

    /// <summary>The child that reads the source.</summary>
    public Task Reader { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// Starts the reader. One that is refused or canceled before its start, because the group is ending, has ended as well: the consumer
    /// must not wait for it.
    /// </summary>
    public void Start(IAsyncEnumerable<TSource> source)
    {
        Reader = group.Run(
            _ => SourceReader.ForEachAsync(group, source, () => _window.WaitAsync(group.CancellationToken), Begin), "source");
        if (Reader.IsCompleted)
        {
            OnProducerDone(); // on the spot, as a child does
        }
        else
        {
            Reader.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(OnProducerDone);
        }
    }

    /// <summary>
    /// Yields the next child that succeeded; <see langword="null"/> at the end, or when the group is about to say why there are no more.
    /// </summary>
    public async ValueTask<Task<TResult>?> NextAsync()
    {
        if (_hasTaken)
        {
            _window.Release(); // the consumer is done with the item before
        }

        if (!await _children.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            return null;
        }

        _children.Reader.TryRead(out Task<TResult>? child); // there is one reader: what it waited for is there
        await ((Task)child!).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _hasTaken = true;
        FirstUnsuccessful = child!.IsCompletedSuccessfully ? null : child;
        if (FirstUnsuccessful is null)
        {
            disposal?.HandOut(child.Result);
        }

        return FirstUnsuccessful is null ? child : null;
    }

    /// <summary>Disposes what the consumer will not take, if that was asked for (R43). The group is ending, so all children end.</summary>
    public async ValueTask DisposeRestAsync()
    {
        while (disposal is not null && await _children.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            _children.Reader.TryRead(out Task<TResult>? child);
            await ((Task)child!).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (child!.IsCompletedSuccessfully)
            {
                await disposal.DisposeAsync(child.Result).ConfigureAwait(false);
            }
        }
    }

    private void Begin(TSource item, string name)
    {
        Task<TResult> child = group.Run(work, item, name);
        if (preserveOrder)
        {
            _children.Writer.TryWrite(child); // unbounded: the places bound it
            return;
        }

        Interlocked.Increment(ref _pendingProducers);
        if (child.IsCompleted)
        {
            OnProducerDone(child); // on the spot: in their turn
        }
        else
        {
            child.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => OnProducerDone(child));
        }
    }

    private void OnProducerDone(Task<TResult> child)
    {
        _children.Writer.TryWrite(child);
        OnProducerDone();
    }

    private void OnProducerDone()
    {
        if (Interlocked.Decrement(ref _pendingProducers) == 0)
        {
            _children.Writer.Complete();
        }
    }
}
