using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>The child of one item: what it is to do, and what became of it.</summary>
internal sealed class ItemScene(StreamProgram program, Item kind, int index)
{
    // Without RunContinuationsAsynchronously: the stream goes on on the actor that ends the child.
    private readonly TaskCompletionSource<int> _source = new();
    private bool _isReturned;

    public Item Kind => kind;

    public string EndName { get; } = $"end item {index}";

    public int Invoked { get; private set; }

    public bool IsAlive => Invoked > 0 && !_source.Task.IsCompleted;

    public bool HasResult => _source.Task.IsCompletedSuccessfully;

    public Failing? Failure { get; private set; }

    /// <summary>Whether something other than the signals ends the child.</summary>
    public bool EndsItself => kind is Item.Completes or Item.CompletesAnyway or Item.Fails;

    public ulong Fold() =>
        (ulong)_source.Task.Status + ((ulong)Invoked << 4) + ((ulong)(Failure?.From ?? 0) << 8) + (_isReturned ? 128UL : 0);

    public Task<int> InvokeAsync(CancellationToken token)
    {
        Invoked++;
        Explorer.UserPoint(EndName);
        switch (kind)
        {
            case Item.EndsAtOnce:
                _source.SetResult(index);
                break;
            case Item.FailsAtOnce:
                Fail();
                break;
            case Item.Soft:
                program.StoppingToken.UnsafeRegister(Obey, null);
                token.UnsafeRegister(Obey, null);
                break;
            case Item.Completes or Item.Fails or Item.Blocks:
                token.UnsafeRegister(Obey, null);
                break;
        }

        _isReturned = true;
        return _source.Task;
    }

    /// <summary>What the child's own actor does.</summary>
    public void End()
    {
        if (kind == Item.Fails)
        {
            Fail();
        }
        else
        {
            _source.SetResult(index);
        }
    }

    private void Fail()
    {
        Failure = program.BeginFailing(EndName);
        _source.SetException(Failure.Exception);
        if (_isReturned)
        {
            program.EndFailing(Failure); // else it is recorded when the delegate has returned
        }
    }

    private void Obey(object? state, CancellationToken token)
    {
        Explorer.UserPoint(EndName, forgets: true); // the callbacks before this one left nothing behind
        _source.TrySetCanceled(token);
    }
}

/// <summary>A failure, and between which moments it was recorded.</summary>
internal sealed record Failing(Exception Exception, int From)
{
    public int Until { get; set; } = int.MaxValue;
}
