using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Threading.Channels;

namespace SampleApi;

/// <summary>
/// Tells the watchers of orders what happens in this process. A watcher that reads too slowly loses its connection, not single events.
/// </summary>
internal sealed class OrderEvents(ILogger<OrderEvents> logger)
{
    private const int MostUnread = 1_000;

    private readonly ConcurrentDictionary<Watcher, bool> _watchers = [];

    public Watcher Watch()
    {
        Watcher watcher = new(this);
        _watchers.TryAdd(watcher, true);
        return watcher;
    }

    public void Placed(Order order) => Tell("placed", new OrderPlaced(order.Id, order.ProductId, order.Quantity));

    public void ReceiptSent(int orderId, DateTimeOffset at) => Tell("receipt", new ReceiptSent(orderId, at));

    private void Tell(string name, object data)
    {
        foreach (Watcher watcher in _watchers.Keys)
        {
            if (!watcher.TryTell(new SseItem<object>(data, name)) && _watchers.TryRemove(watcher, out _))
            {
                watcher.CutOff();
                logger.WatcherCutOff(MostUnread);
            }
        }
    }

    /// <summary>What one client has not read yet.</summary>
    internal sealed class Watcher(OrderEvents events) : IDisposable
    {
        private readonly Channel<SseItem<object>> _unread = Channel.CreateBounded<SseItem<object>>(MostUnread);

        public ChannelReader<SseItem<object>> Unread => _unread.Reader;

        public bool TryTell(SseItem<object> item) => _unread.Writer.TryWrite(item);

        public void CutOff() => _unread.Writer.TryComplete(new IOException("The client did not read its events in time."));

        public void Dispose() => events._watchers.TryRemove(this, out _);
    }
}

internal sealed record OrderPlaced(int Id, int ProductId, int Quantity);

internal sealed record ReceiptSent(int Id, DateTimeOffset ReceiptSentAt);
