using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>The source of an explored stream: numbers from zero on, one for each item.</summary>
internal sealed class SourceScene(StreamProgram program, StreamPlan plan) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
{
    private TaskCompletionSource<bool>? _move;
    private CancellationToken _token;

    public int Current { get; private set; }

    /// <summary>How often a reader began to read.</summary>
    public int Moves { get; private set; }

    public bool IsBeingRead { get; private set; }

    /// <summary>Whether the source waits for its turn to give the next item.</summary>
    public bool Waits => _move is { Task.IsCompleted: false };

    /// <summary>Whether the source has no more to give: it came to its end, or failed, or obeyed.</summary>
    public bool IsOver { get; private set; }

    public bool IsAtEnd { get; private set; }

    public int Opened { get; private set; }

    public int Disposed { get; private set; }

    public Failing? Failure { get; private set; }

    public ulong Fold() => (ulong)(Moves + (Opened << 8) + (Disposed << 12) + ((Failure?.From ?? 0) << 16))
        + (IsBeingRead ? 1UL << 32 : 0) + (IsOver ? 2UL << 32 : 0) + (IsAtEnd ? 4UL << 32 : 0) + (Waits ? 8UL << 32 : 0);

    /// <summary>The source as one that is not asynchronous.</summary>
    public IEnumerable<int> InTurn()
    {
        Opened++;
        try
        {
            while (BeginRead() && EndRead())
            {
                yield return Current;
            }
        }
        finally
        {
            Dispose();
        }
    }

    public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        Opened++;
        _token = cancellationToken;
        return this;
    }

    public ValueTask<bool> MoveNextAsync()
    {
        BeginRead();
        TaskCompletionSource<bool> move = new(); // the reader goes on on the actor that gives the item
        _token.UnsafeRegister(Obey, move);
        if (plan.IsStopped)
        {
            program.StoppingToken.UnsafeRegister(Obey, move);
        }

        _move = move;
        return new(move.Task);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>What the actor of a slow source does.</summary>
    public void Give()
    {
        TaskCompletionSource<bool> move = _move!;
        bool isWatched = program.Call is not null; // else the failure is recorded when the opener looks at the reader
        try
        {
            move.SetResult(EndRead());
        }
        catch (ExploredException exception)
        {
            move.SetException([exception]);
            if (isWatched)
            {
                program.EndFailing(Failure!);
            }
        }
    }

    private bool BeginRead()
    {
        Moves++;
        IsBeingRead = true;
        Explorer.UserPoint("read");
        return true;
    }

    private bool EndRead()
    {
        IsBeingRead = false;
        Current = Moves - 1;
        IsOver = IsAtEnd = Current == plan.Items.Length;
        if (!IsAtEnd || !plan.EndsBadly)
        {
            return !IsAtEnd;
        }

        Failure = program.BeginFailing("source");
        throw Failure.Exception;
    }

    private void Dispose()
    {
        Explorer.UserPoint("dispose");
        Disposed++;
    }

    private void Obey(object? state, CancellationToken token)
    {
        var move = (TaskCompletionSource<bool>)state!;
        if (move.Task.IsCompleted)
        {
            return;
        }

        Explorer.UserPoint("obey", forgets: true);
        if (move.Task.IsCompleted)
        {
            return;
        }

        IsBeingRead = false;
        IsOver = true;
        move.TrySetCanceled(token);
    }
}
