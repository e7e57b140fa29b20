using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>One child of an explored group: what it is to do, and what became of it.</summary>
internal sealed class ChildScene(GroupScene group, Child kind, string name)
{
    // Without RunContinuationsAsynchronously: the core's continuation runs on the actor that ends the child.
    private readonly TaskCompletionSource _source = new();
    private bool _isReturned;
    private bool _failedInside;
    private object? _starter;
    private int _startEra;

    public Child Kind => kind;

    public string Name => name;

    public string EndName { get; } = "end " + name;

    public int Invoked { get; private set; }

    /// <summary>The task that the group handed out; <see langword="null"/> while there is none, and for TryRun.</summary>
    public Task? Handed { get; private set; }

    /// <summary>Whether TryRun took the child; a Run that returned took it unless it was refused.</summary>
    public bool IsTaken { get; private set; }

    public bool IsRefused { get; private set; }

    /// <summary>
    /// Whether the group had completed when the refusal came back, or may have been full: then the outcome need not know of it.
    /// </summary>
    public bool IsRefusedLate { get; private set; }

    public bool IsFull { get; private set; }

    public bool IsTooLate { get; private set; }

    /// <summary>What the child failed with, from the moment on when it does.</summary>
    public Exception? Failure { get; private set; }

    public int FailedFrom { get; private set; }

    public int FailedUntil { get; private set; } = int.MaxValue;

    /// <summary>Whether a starter began to start the child.</summary>
    public bool IsBegun => _starter is not null;

    public bool IsEnded => _source.Task.IsCompleted;

    public bool IsCanceled => _source.Task.IsCanceled;

    public bool IsAlive => Invoked > 0 && !IsEnded;

    /// <summary>Whether something other than the signals ends the child.</summary>
    public bool EndsItself =>
        kind is Child.Completes or Child.Fails or Child.FailsAnyway or Child.Cancels or Child.Starts or Child.Stubborn;

    public ulong Fold()
    {
        ulong status = (ulong)_source.Task.Status + ((ulong)(Handed?.Status ?? (TaskStatus)15) << 4) + ((ulong)Invoked << 8);
        ulong flags = (IsTaken ? 1UL : 0) | (IsRefused ? 2UL : 0) | (IsRefusedLate ? 4UL : 0) | (IsFull ? 8UL : 0) | (IsTooLate ? 16UL : 0)
            | (_isReturned ? 32UL : 0);
        return StateHash.Fold(status + ((ulong)_startEra << 16), flags);
    }

    public void Start(bool tries)
    {
        group.CheckTold();
        _starter = Explorer.Self;
        _startEra = Explorer.Era;
        bool wasCompleted = group.IsSeenCompleted;
        try
        {
            if (tries)
            {
                IsTaken = group.Group!.TryRun(InvokeAsync, name);
                IsRefused = !IsTaken;
            }
            else
            {
                Handed = group.Group!.Run(InvokeAsync, name);
                IsRefused = Handed.IsCanceled && Invoked == 0;
                IsTaken = !IsRefused;
            }

            IsRefusedLate = IsRefused && (group.HasCompleted || (tries && group.Plan.MaxWaiting is not null));
        }
        catch (TaskGroupFullException)
        {
            IsFull = true;
        }
        catch (InvalidOperationException) when (group.HasCompleted)
        {
            IsTooLate = true;
        }

        if (group.IsToldSince(_startEra) && !IsRefused && !IsTooLate)
        {
            group.Break($"{Name} was not refused, though its start began after the cancellation (R4)");
        }

        if (IsRefused && !IsRefusedLate)
        {
            group.CheckRefusal(Name);
        }

        if (wasCompleted && !IsTooLate && !(tries && IsRefused))
        {
            group.Break($"{Name} was not refused as too late, though the group had completed when its start began (R3)");
        }

        if (_failedInside)
        {
            group.NoteFailed();
        }
    }

    /// <summary>What the child's own actor does.</summary>
    public void End()
    {
        switch (kind)
        {
            case Child.Fails or Child.FailsAnyway:
                Fail();
                return;
            case Child.Stubborn:
                group.CheckQuiet();
                break;
            case Child.Cancels:
                group.Cancel();
                break;
            case Child.Starts:
                group.Children[group.FirstStarted + group.StartedByChildren++].Start(tries: false);
                break;
        }

        _source.TrySetResult();
    }

    private Task InvokeAsync(CancellationToken token)
    {
        Invoked++;
        group.NoteInvoked(this, Explorer.Self == _starter ? _startEra : Explorer.EraOfActor);
        Explorer.UserPoint(name);
        switch (kind)
        {
            case Child.EndsAtOnce:
                _source.SetResult();
                break;
            case Child.FailsAtOnce:
                FailedFrom = group.NoteFailing();
                Failure = new ExploredException(name);
                _source.SetException(Failure);
                _ = _source.Task.Exception;
                _failedInside = Explorer.Self == _starter;
                throw Failure;
            case Child.Soft:
                group.Group!.StoppingToken.UnsafeRegister(Obey, null);
                break;
            case Child.Completes or Child.Fails or Child.Blocks or Child.FailsWhenTold or Child.Cancels or Child.Starts:
                token.UnsafeRegister(Obey, null);
                break;
        }

        _isReturned = true;
        _failedInside = Failure is not null && Explorer.Self == _starter;
        return _source.Task;
    }

    private void Obey(object? state, CancellationToken token)
    {
        Explorer.UserPoint(EndName, forgets: true); // the callbacks before this one left nothing behind
        if (kind == Child.FailsWhenTold)
        {
            Fail();
        }
        else
        {
            _source.TrySetCanceled(token);
        }
    }

    private void Fail()
    {
        if (IsEnded)
        {
            return;
        }

        FailedFrom = group.NoteFailing();
        Failure = new ExploredException(name);
        _source.SetException(Failure);
        if (!_isReturned)
        {
            return; // it is recorded when the delegate has returned
        }

        FailedUntil = group.NoteFailing();
        group.NoteFailed();
    }
}

/// <summary>What explored children fail with: cheap, for it is never thrown far.</summary>
internal sealed class ExploredException(string message) : Exception(message);
