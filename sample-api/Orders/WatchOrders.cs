using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using TaskGroups;

namespace SampleApi;

/// <summary>
/// The lesson: a connection that stays open. Its group ends with the client; when the application stops, <c>StoppingToken</c> ends the
/// stream with a last event, so that the client knows and the shutdown does not wait.
/// </summary>
internal static class WatchOrders
{
    public static void MapWatchOrders(this IEndpointRouteBuilder app) => app.MapGet("/orders/events", Watch).DisableTaskGroup();

    private static ServerSentEventsResult<object> Watch(OrderEvents events, ITaskGroup tasks, HttpResponse response) =>
        TypedResults.ServerSentEvents(ReadAsync(events, tasks, response));

    private static async IAsyncEnumerable<SseItem<object>> ReadAsync(
        OrderEvents events, ITaskGroup tasks, HttpResponse response, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using OrderEvents.Watcher watcher = events.Watch();
        await response.Body.FlushAsync(cancellationToken); // the client sees that it is connected before anything happens
        while (await HasMoreAsync(watcher, tasks))
        {
            while (watcher.Unread.TryRead(out SseItem<object> item))
            {
                yield return item;
            }
        }

        yield return new SseItem<object>(new { }, "bye");
    }

    /// <summary>Waits for an event. False: the application stops.</summary>
    private static async Task<bool> HasMoreAsync(OrderEvents.Watcher watcher, ITaskGroup tasks)
    {
        try
        {
            return await watcher.Unread.WaitToReadAsync(tasks.StoppingToken);
        }
        catch (OperationCanceledException) when (!tasks.CancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
