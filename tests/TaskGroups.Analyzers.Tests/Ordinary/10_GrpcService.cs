using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

// The shapes that the protocol compiler generates, and a service on them.
public abstract class ServerCallContext
{
    public abstract CancellationToken CancellationToken { get; }
    public abstract DateTime Deadline { get; }
}

public interface IServerStreamWriter<in T>
{
    Task WriteAsync(T message);
    Task WriteAsync(T message, CancellationToken cancellationToken);
}

public sealed record PriceRequest(IReadOnlyList<int> Ids);

public sealed record PriceReply(int Id, decimal Price);

public abstract class PricesBase
{
    public virtual Task<PriceReply> Get(PriceRequest request, ServerCallContext context) => throw new NotSupportedException();

    public virtual Task Watch(PriceRequest request, IServerStreamWriter<PriceReply> replies, ServerCallContext context) =>
        throw new NotSupportedException();
}

public sealed class PricesService(ITaskGroup tasks, HttpClient http) : PricesBase
{
    public override async Task<PriceReply> Get(PriceRequest request, ServerCallContext context)
    {
        string first = await tasks.RaceAsync(
            ct => http.GetStringAsync("https://a.example/price", ct),
            ct => http.GetStringAsync("https://b.example/price", ct));
        return new PriceReply(request.Ids[0], decimal.Parse(first, System.Globalization.CultureInfo.InvariantCulture));
    }

    public override async Task Watch(PriceRequest request, IServerStreamWriter<PriceReply> replies, ServerCallContext context)
    {
        await foreach (PriceReply reply in tasks.StreamAsync(request.Ids, LoadAsync, maxConcurrency: 8))
        {
            await replies.WriteAsync(reply, context.CancellationToken);
        }
    }

    private async Task<PriceReply> LoadAsync(int id, CancellationToken cancellationToken)
    {
        string text = await http.GetStringAsync($"/prices/{id}", cancellationToken);
        return new PriceReply(id, text.Length);
    }
}
