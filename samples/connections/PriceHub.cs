using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;
using TaskGroups;

namespace Connections;

/// <summary>Prices for browsers.</summary>
internal sealed class PriceHub(ITaskGroup tasks) : Hub
{
    public async IAsyncEnumerable<double> Watch(int product, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            yield return await tasks.Run(_ => Task.FromResult(Market.PriceOf(product)));
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }
}
