using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace TaskGroups.AspNetCore;

// A pass of the request through the middleware: begin, join, end.
internal sealed partial class RequestTaskGroup
{
    /// <summary>Begins a pass through the middleware.</summary>
    /// <returns><see langword="false"/> if the request is inside already: two branches of the pipeline have met.</returns>
    public bool TryBegin(IFeatureCollection features)
    {
        if (_features is not null)
        {
            return false;
        }

        _failed = null;
        _features = features;
        _startedAt = _factory.Now;
        IHeaderDictionary headers = features.GetRequiredFeature<IHttpResponseFeature>().Headers;
        _headers = headers.Count == 0 ? null : [.. headers];
        Volatile.Write(ref _current, null);
        _stopping = _factory.AtStop.Enter(this);
        return true;
    }

    /// <summary>Says that the request is a remote call, whose groups it names and limits.</summary>
    public void Serve(string name, TimeSpan? limit) =>
        _call = new RemoteCall(name, limit is { } waits ? new CallersDeadline(waits, _factory.Now) : null);

    /// <summary>Says that the response of the remote call is written.</summary>
    public void MarkAnswered() => _call!.IsAnswered = true;

    /// <summary>Whether the application stops, and requests may run no longer.</summary>
    public bool IsGraceOver => _factory.AtStop.GraceOver.IsCancellationRequested;

    /// <summary>Ends the pass if nothing is to be joined.</summary>
    public bool TryEnd()
    {
        object? current = Volatile.Read(ref _current);
        if (_early is not null
            || _scope.HasOwn
            || current is TaskGroup { IsCompleted: false }
            || !ReferenceEquals(Interlocked.CompareExchange(ref _current, Ended, current), current))
        {
            return false;
        }

        _failed ??= _features?.Get<IEndpointFeature>()?.Endpoint;
        _stopping.Dispose(); // waits for a callback that runs
        _factory.AtStop.Leave(this);
        _features = null;
        _scope.Forget();
        return true;
    }

    /// <summary>Takes note that the request goes on outside the middleware.</summary>
    public void OnServicesUsed() => Interlocked.CompareExchange(ref _current, null, Ended);

    /// <summary>Joins the current group, unless there is none or it has been joined.</summary>
    /// <param name="failure">What the handler threw; <see langword="null"/> if it succeeded.</param>
    /// <returns>What must leave the caller: the outcome of the join (R10, R18), else <paramref name="failure"/>.</returns>
    public ValueTask<Exception?> JoinAsync(Exception? failure)
    {
        if (Volatile.Read(ref _current) is not TaskGroup { IsCompleted: false } group)
        {
            return new ValueTask<Exception?>(failure);
        }

        if (failure is not null || !group.TryCloseAlone())
        {
            return JoinAsync(group, failure);
        }

        NoteEnd(group, null);
        return default;
    }

    /// <summary>Ends the pass: joins what the request still has open, also what is opened meanwhile, until nothing is left.</summary>
    /// <returns>What must leave the middleware: the first outcome of a join, else <paramref name="failure"/>.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // the middleware awaits it once
    public async ValueTask<Exception?> EndAsync(Exception? failure)
    {
        // Middleware inside, such as request timeouts, may have replaced RequestAborted when the group was opened, and has disposed its
        // source by now: a client that leaves during the join cancels the group through the server's token.
        TaskGroup? early = Interlocked.Exchange(ref _early, null)?.Take();
        using CancellationTokenRegistration current = _aborted.UnsafeRegister(
            static request => (((RequestTaskGroup)request!)._current as TaskGroup)?.Cancel(CancellationReason.CallerCanceled), this);
        using CancellationTokenRegistration before = early is null ? default : _aborted.UnsafeRegister(
            static group => ((TaskGroup)group!).Cancel(CancellationReason.CallerCanceled), early);
        do
        {
            failure = await JoinAsync(failure).ConfigureAwait(false);
            if (early is not null)
            {
                failure = await JoinEarlyAsync(early, failure).ConfigureAwait(false);
                early = null;
            }

            await _scope.DisposeOwnAsync().ConfigureAwait(false);
        }
        while (!TryEnd());

        return failure;
    }

    /// <summary>Looks, before the handler begins, whether it has no time left, or its client has gone (R17).</summary>
    /// <returns>What stands for the end of the handler, which is not to be invoked; <see langword="null"/> if it is.</returns>
    public OperationCanceledException? EndBeforeHandler()
    {
        _failed = null; // of an earlier call of the handler
        TaskGroup? group = Volatile.Read(ref _current) as TaskGroup;
        if (_aborted.IsCancellationRequested || (_features is { } features && _factory.HasNoTimeLeft(features, _startedAt, _call)))
        {
            group = Group; // opened already canceled: its join says why
        }

        return group is { IsEnding: true, IsCompleted: false } ? group.CanceledException() : null;
    }

    /// <summary>Gives what a completed task ended with, without throwing it; <see langword="null"/> if it succeeded.</summary>
    public static Exception? FailureOf(Task completed)
    {
        if (!completed.IsCanceled)
        {
            return completed.Exception?.InnerException;
        }

        try
        {
            completed.GetAwaiter().GetResult();
            return null;
        }
        catch (OperationCanceledException cancellation)
        {
            return cancellation; // the object that was thrown: only awaiting gives it
        }
    }

    // Its state is used again: most requests that use their group pass here, and each is awaited once.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Exception?> JoinAsync(TaskGroup group, Exception? failure)
    {
        // What came out of a group that was joined early is not the failure of this one's body.
        bool isOwn = failure is null || Failed is null;
        Task join = group.CloseAsync(isOwn ? failure : null);
        await join.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Exception? outcome = FailureOf(join);
        if (!isOwn)
        {
            ReportUnseen(group, outcome);
            return failure;
        }

        outcome = outcome is null ? failure : EndingClassifier.Decide(group, outcome, _factory.Observer, _aborted);
        NoteEnd(group, outcome);
        return outcome;
    }

    private void NoteEnd(TaskGroup group, Exception? failure)
    {
        _failed = failure is null ? null : group;
        if (failure is null && group.CancellationReason == CancellationReason.TimedOut)
        {
            _factory.Logger.AnsweredLate(group.Name, _factory.Observer.TimeoutOf(group)?.Message);
        }
    }

    private static async ValueTask<Exception?> JoinEarlyAsync(TaskGroup early, Exception? failure)
    {
        Task join = early.CloseAsync();
        await join.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Exception? outcome = FailureOf(join);
        if (failure is not null)
        {
            ReportUnseen(early, outcome);
        }

        return failure ?? outcome;
    }

    // The request has one failure already (R14).
    private static void ReportUnseen(TaskGroup group, Exception? outcome)
    {
        if (outcome is not null and not OperationCanceledException)
        {
            group.Settings.Observers?.FailureReported(group, outcome, FailureKind.Body);
        }
    }

    /// <summary>Takes note that the application stops, and this request is under way.</summary>
    public void OnStopping()
    {
        if (_features is { } features)
        {
            _factory.AtStop.Hold(this, features);
        }
    }

    /// <summary>Ends a request that may run no longer.</summary>
    /// <remarks>
    /// A group that runs is canceled, and the request answered for it. Without one, or in the middle of a response, only the server's token
    /// is left to end the request.
    /// </remarks>
    /// <param name="name">What messages call the request.</param>
    public void OnGraceOver(string name)
    {
        object? current = Volatile.Read(ref _current);
        if (_features is not { } features || ReferenceEquals(current, Ended))
        {
            return; // the pass has ended, or ends now: its answer is on the way
        }

        // One that was canceled a moment ago may have been joined by now: its answer is on the way.
        if (current is not TaskGroup group
            || group is { IsCompleted: true, CancellationReason: not CancellationReason.HostStopping })
        {
            _factory.Logger.AbortedByShutdown(name);
        }
        else if (_call is not null || features.Get<IHttpResponseFeature>() is not { HasStarted: true })
        {
            return; // a remote call can say at its end, in a trailer, that it has failed
        }

        features.Get<IHttpRequestLifetimeFeature>()?.Abort();
    }
}
