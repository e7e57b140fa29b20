using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.SignalR;

/// <summary>Methods that end in every way.</summary>
public sealed class WorkHub(ITaskGroup tasks, Trail trail, Gate gate) : Hub
{
    public override async Task OnConnectedAsync()
    {
        switch (Query("connected"))
        {
            case "hangs":
                await HangAsync();
                break;
            case "fails":
                tasks.Run(_ => Task.FromException(new FormatException("broken")));
                break;
        }
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (Query("disconnected") == "cleans")
        {
            await tasks.Run(_ => gate.WaitAsync(CancellationToken.None));
            trail.Add($"cleaned in {tasks.Name}: {tasks.CancellationReason}");
        }

        trail.Add("disconnected");
    }

    public async Task<string> Name() => await tasks.Run(_ => Task.FromResult(tasks.Name));

    public Task<string> Injected(ITaskGroup injected) => Task.FromResult(ReferenceEquals(injected, tasks) ? injected.Name : "another");

    public int Forget()
    {
        tasks.Run(async ct =>
        {
            await gate.WaitAsync(ct);
            trail.Add("child ended");
        });
        trail.Add("returned");
        return 1;
    }

    public int ForgetFailing()
    {
        tasks.Run(async _ =>
        {
            await Task.Yield();
            throw new FormatException("broken");
        });
        return 1;
    }

    public Task Fail() => tasks.Run(_ => Task.FromException(new FormatException("broken")));

    public Task Tell() => tasks.Run(_ => Task.FromException(new HubException("told")));

    public Task Hang() => HangAsync();

    public async Task HangWithoutGroup()
    {
        trail.Add("started");
        await Task.Delay(Timeout.Infinite, Context.ConnectionAborted);
    }

    public async Task Obey()
    {
        Task obedient = tasks.Run(_ => Task.Delay(Timeout.Infinite, tasks.StoppingToken));
        trail.Add("started");
        await obedient;
    }

    [TaskGroup(TimeoutMilliseconds = 2000)]
    public Task HangLimited() => HangAsync();

    public async Task Fill()
    {
        tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
        await tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
    }

    public async IAsyncEnumerable<int> Count(int count, string ending, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int number = 0; number < count; number++)
        {
            yield return await tasks.Run(_ => Task.FromResult(number));
        }

        switch (ending)
        {
            case "hangs":
                Watch();
                await Task.Delay(Timeout.Infinite, cancellationToken);
                break;
            case "fails":
                await tasks.Run(_ => Task.FromException(new FormatException("broken")));
                break;
            case "forgets-failing":
                ForgetFailing();
                break;
            case "forgets":
                Forget();
                break;
        }
    }

    public ChannelReader<string> Channel(int count, string ending)
    {
        var channel = System.Threading.Channels.Channel.CreateUnbounded<string>();
        tasks.Run(async ct =>
        {
            for (int number = 0; number < count; number++)
            {
                await channel.Writer.WriteAsync($"{number}", ct);
            }

            switch (ending)
            {
                case "hangs":
                    Watch();
                    await Task.Delay(Timeout.Infinite, ct);
                    break;
                case "fails":
                    throw new FormatException("broken"); // the writer is not completed
                case "forgets":
                    Forget();
                    break;
            }

            channel.Writer.Complete();
        });
        return channel.Reader;
    }

    private string? Query(string key) => Context.GetHttpContext()?.Request.Query[key];

    private async Task HangAsync()
    {
        Task hanging = tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "hanging");
        Watch();
        await hanging;
    }

    // A child that says why it was canceled, and takes its time to end.
    private void Watch()
    {
        tasks.Run(async ct =>
        {
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            trail.Add($"canceled: {tasks.CancellationReason}");
            await gate.WaitAsync(CancellationToken.None);
            trail.Add("ended");
        });
        trail.Add("started");
    }
}
