using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>What a contender of a race does once it has been invoked.</summary>
public enum Contender
{
    /// <summary>Yields its result when its turn comes, or ends canceled when it is told.</summary>
    Succeeds,

    /// <summary>Yields its result when its turn comes, whatever it is told.</summary>
    SucceedsAnyway,

    /// <summary>As before, and all of this kind yield the same result, as a cache may.</summary>
    Shares,

    /// <summary>Fails when its turn comes, or ends canceled when it is told.</summary>
    Fails,
}

/// <summary>One contender of an explored race: what it is to do, and what became of it.</summary>
internal sealed class ContenderScene(Contender kind, string name, DisposableResult shared)
{
    // Without RunContinuationsAsynchronously: the race goes on on the actor that ends the contender.
    private readonly TaskCompletionSource<DisposableResult> _source = new();

    public string EndName { get; } = "end " + name;

    public bool IsInvoked { get; private set; }

    public bool IsAlive => IsInvoked && !_source.Task.IsCompleted;

    /// <summary>What the contender yielded; <see langword="null"/> if it did not.</summary>
    public DisposableResult? Result { get; private set; }

    public Exception? Failure { get; private set; }

    public ulong Fold() => ((ulong)_source.Task.Status << 8) + ((ulong)(Result?.Disposals ?? 0) << 1) + (IsInvoked ? 1UL : 0);

    public Task<DisposableResult> InvokeAsync(CancellationToken token)
    {
        IsInvoked = true;
        Explorer.UserPoint(name);
        if (kind is Contender.Succeeds or Contender.Fails)
        {
            token.UnsafeRegister(Obey, null);
        }

        return _source.Task;
    }

    /// <summary>What the contender's own actor does.</summary>
    public void End()
    {
        if (kind == Contender.Fails)
        {
            Failure = new ExploredException(name);
            _source.SetException(Failure);
            return;
        }

        Result = kind == Contender.Shares ? shared : new DisposableResult(name);
        _source.SetResult(Result);
    }

    private void Obey(object? state, CancellationToken token)
    {
        Explorer.UserPoint(EndName, forgets: true); // the callbacks before this one left nothing behind
        _source.TrySetCanceled(token);
    }
}

/// <summary>What a contender yields, and what must be disposed.</summary>
internal sealed class DisposableResult(string name) : IDisposable
{
    public string Name => name;

    public int Disposals { get; private set; }

    public void Dispose()
    {
        Disposals++;
        Explorer.UserPoint("dispose " + name);
    }
}
