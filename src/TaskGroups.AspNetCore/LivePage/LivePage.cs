using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Answers the requests of the live page: the page and its files, JSON, text, and streams of both.</summary>
internal sealed class LivePage(
    SnapshotCache snapshots,
    GroupHistory history,
    HistoryCache ended,
    ApplicationGroups application,
    RequestGroupFactory requests,
    IHostApplicationLifetime lifetime,
    IOptions<TaskGroupsPageOptions> options)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'";

    // How long a viewer may take to receive the last snapshot.
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(1);

    private int _viewers;

    /// <summary>Begins to record the history: an application without the page does not pay for it.</summary>
    public void Activate() => history.Record(options.Value.HistorySize);

    public Task WritePageAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if (path.Length > 1 && path.EndsWith('/'))
        {
            // The page's addresses are relative to its own without a slash at the end.
            context.Response.Redirect($"{context.Request.PathBase}{path.TrimEnd('/')}");
            return Task.CompletedTask;
        }

        Prepare(context, "text/html; charset=utf-8");
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers.XFrameOptions = "DENY";
        return context.Response.WriteAsync(LivePageAssets.MakePage(path, options.Value.RefreshInterval), context.RequestAborted);
    }

    public static Task WriteAssetAsync(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["asset"]!;
        if (LivePageAssets.Find(name) is not { } bytes)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        Prepare(context, LivePageAssets.ContentTypeOf(name));
        return WriteAsync(context, bytes);
    }

    public Task WriteSnapshotAsync(HttpContext context)
    {
        Prepare(context, "application/json; charset=utf-8");
        return WriteAsync(context, snapshots.Get().Json);
    }

    public Task WriteHistoryAsync(HttpContext context)
    {
        Prepare(context, "application/json; charset=utf-8");
        return WriteAsync(context, ended.GetJson());
    }

    public Task WriteEventsAsync(HttpContext context) => StreamAsync(
        context,
        "text/event-stream",
        static async (response, snapshot, cancellationToken) =>
        {
            await response.BodyWriter.WriteAsync("event: snapshot\ndata: "u8.ToArray(), cancellationToken).ConfigureAwait(false);
            await response.BodyWriter.WriteAsync(snapshot.Json, cancellationToken).ConfigureAwait(false);
            await response.BodyWriter.WriteAsync("\n\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        });

    public Task WriteTextAsync(HttpContext context)
    {
        if (context.Request.Query.ContainsKey("watch"))
        {
            return StreamAsync(
                context,
                "text/plain; charset=utf-8",
                static (response, snapshot, cancellationToken) =>
                    response.WriteAsync(TreeText.Write(snapshot.Snapshot) + "\n", cancellationToken));
        }

        Prepare(context, "text/plain; charset=utf-8");
        return context.Response.WriteAsync(TreeText.Write(snapshots.Get().Snapshot), Encoding.UTF8, context.RequestAborted);
    }

    /// <summary>
    /// Sends snapshots until the viewer leaves. A stream does not hold the application's stop: it ends by itself, after a last snapshot,
    /// once no request but those of viewers is left, or the grace of these requests is over.
    /// </summary>
    private async Task StreamAsync(
        HttpContext context, string contentType, Func<HttpResponse, SnapshotCache.Cached, CancellationToken, Task> write)
    {
        if (Interlocked.Increment(ref _viewers) > options.Value.MaxViewers)
        {
            Interlocked.Decrement(ref _viewers);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "5";
            return;
        }

        try
        {
            Prepare(context, contentType);
            if (HttpMethods.IsHead(context.Request.Method))
            {
                return;
            }

            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await SendAsync(context, write).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _viewers);
        }
    }

    private async Task SendAsync(HttpContext context, Func<HttpResponse, SnapshotCache.Cached, CancellationToken, Task> write)
    {
        CancellationToken graceOver = requests.AtStop.GraceOver;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, graceOver);
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        ITimer giveUp = TimeProvider.System.CreateTimer(
            static writing => ((CancellationTokenSource)writing!).Cancel(), writing, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using ConfiguredAsyncDisposable ofGiveUp = giveUp.ConfigureAwait(false);
        using CancellationTokenRegistration lastWord = graceOver.UnsafeRegister(
            static giveUp => ((ITimer)giveUp!).Change(LastWord, Timeout.InfiniteTimeSpan), giveUp);
        try
        {
            using var timer = new PeriodicTimer(options.Value.RefreshInterval, application.TimeProvider);
            using CancellationTokenRegistration hurry = lifetime.ApplicationStopping.UnsafeRegister(
                static timer => ((PeriodicTimer)timer!).Period = SnapshotCache.WhileStopping, timer);
            SnapshotCache.Cached? sent = null;
            do
            {
                bool isLast = graceOver.IsCancellationRequested;
                SnapshotCache.Cached snapshot = snapshots.Get();
                if (snapshot != sent)
                {
                    await write(context.Response, snapshot, writing.Token).ConfigureAwait(false);
                    await context.Response.Body.FlushAsync(writing.Token).ConfigureAwait(false);
                    sent = snapshot;
                }

                if (isLast || (snapshot.Snapshot.IsDraining && !HasRequests(snapshot.Snapshot)))
                {
                    return;
                }

                timer.Period = snapshots.TimeToNext(snapshot);
            }
            while (await WaitAsync(timer, waiting.Token, context.RequestAborted).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The viewer has left, or the server has stopped waiting for the stream.
        }
        catch (OperationCanceledException) when (writing.IsCancellationRequested)
        {
            context.Abort(); // the viewer does not read
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken cancellationToken, CancellationToken aborted)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return true; // the grace of the others is over: there is a last snapshot to send
        }
    }

    private static bool HasRequests(ProcessSnapshot snapshot) =>
        snapshot.Groups.Any(group => group is { Kind: "request" or "connection", State: not "completed" });

    private static Task WriteAsync(HttpContext context, byte[] bytes)
    {
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    private static void Prepare(HttpContext context, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
    }
}
