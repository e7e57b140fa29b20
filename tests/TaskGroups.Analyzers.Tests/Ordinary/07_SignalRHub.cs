using Microsoft.AspNetCore.SignalR;
using System.Runtime.CompilerServices;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

public interface IChatClient
{
    Task Said(string user, string text);
}

public sealed class ChatHub(IHubContext<ChatHub, IChatClient> hub, IBackgroundTaskGroup background, ITaskGroup tasks) : Hub<IChatClient>
{
    public override async Task OnConnectedAsync()
    {
        await Groups.AddToGroupAsync(Context.ConnectionId, "all", Context.ConnectionAborted);
        await base.OnConnectedAsync();
    }

    public async Task Say(string text)
    {
        string user = Context.UserIdentifier ?? "someone";
        await Clients.Group("all").Said(user, text);
        background.Run(async ct =>
        {
            await Task.Delay(TimeSpan.FromSeconds(30), ct);
            await hub.Clients.Group("all").Said(user, "(seen)");
        });
    }

    public async Task<string[]> Lookup(string[] names) =>
        await tasks.MapAsync(names, async (name, ct) =>
        {
            await Task.Delay(10, ct);
            return name.ToUpperInvariant();
        });

    public async IAsyncEnumerable<int> Count(int to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int i = 0; i < to; i++)
        {
            yield return i;
            await Task.Delay(100, cancellationToken);
        }
    }
}
