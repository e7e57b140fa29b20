using Grpc.Core;
using TaskGroups.Testing;

namespace TaskGroups.Grpc.Tests;

/// <summary>Methods of every kind that end as the request says.</summary>
public sealed class GreeterService(ITaskGroup tasks, Trail trail, Gate gate) : Greeter.GreeterBase
{
    public override async Task<HelloReply> SayHello(HelloRequest request, ServerCallContext context)
    {
        await EndAsync(request.Ending);
        return new HelloReply { Text = await tasks.Run(_ => Task.FromResult(Say(request.Ending))) };
    }

    public override async Task<HelloReply> Collect(IAsyncStreamReader<HelloRequest> requestStream, ServerCallContext context)
    {
        List<string> endings = [];
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            endings.Add(requestStream.Current.Ending);
            await EndAsync(requestStream.Current.Ending);
        }

        return new HelloReply { Text = string.Join(' ', endings) };
    }

    public override async Task Watch(HelloRequest request, IServerStreamWriter<HelloReply> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(new HelloReply { Text = Say(request.Ending) });
        await FloodAsync(request.Ending, responseStream);
        await EndAsync(request.Ending);
    }

    public override async Task Chat(
        IAsyncStreamReader<HelloRequest> requestStream, IServerStreamWriter<HelloReply> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            await responseStream.WriteAsync(new HelloReply { Text = Say(requestStream.Current.Ending) });
            await FloodAsync(requestStream.Current.Ending, responseStream);
            await EndAsync(requestStream.Current.Ending);
        }
    }

    private string Say(string ending) => ending switch
    {
        "name" => tasks.Name,
        "time" => $"{tasks.RemainingTime?.TotalMilliseconds ?? -1}",
        _ => ending,
    };

    private async Task EndAsync(string ending)
    {
        switch (ending)
        {
            case "hangs":
                await HangAsync();
                break;
            case "reads":
                trail.Add("started"); // and waits for another message
                break;
            case "reads-after-a-child":
                await tasks.Run(_ => Task.CompletedTask);
                trail.Add("started");
                break;
            case "obeys":
                Task obedient = tasks.Run(_ => Task.Delay(Timeout.Infinite, tasks.StoppingToken));
                trail.Add("started");
                await obedient;
                break;
            case "forgets":
                tasks.Run(async ct =>
                {
                    await gate.WaitAsync(ct);
                    trail.Add("child ended");
                });
                trail.Add("returned");
                break;
            case "fails":
                await tasks.Run(_ => Task.FromException(new FormatException("broken")));
                break;
            case "forgets-failing":
                tasks.Run(async _ =>
                {
                    await gate.WaitAsync(CancellationToken.None);
                    throw new FormatException("broken");
                });
                trail.Add("returned");
                break;
            case "not-found":
                await tasks.Run(_ => Task.FromException(
                    new RpcException(new Status(StatusCode.NotFound, "no such order"), new Metadata { { "order", "7" } })));
                break;
            case "full":
                tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
                await tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
                break;
        }
    }

    // Writes until the client has gone, and never looks at a token.
    private Task FloodAsync(string ending, IServerStreamWriter<HelloReply> responseStream)
    {
        return ending switch
        {
            "floods" => WriteAsync(),
            "floods-in-a-child" => tasks.Run(_ => WriteAsync()),
            _ => Task.CompletedTask,
        };

        async Task WriteAsync()
        {
            trail.Add("started");
            while (true)
            {
                await responseStream.WriteAsync(new HelloReply { Text = new string('x', 1_000) });
            }
        }
    }

    // A child that says why it was canceled, and takes its time to end; as a client of gRPC does, with an exception of its own.
    private async Task HangAsync()
    {
        Task hanging = tasks.Run(
            async ct =>
            {
                await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                trail.Add($"canceled: {tasks.CancellationReason}");
                await gate.WaitAsync(CancellationToken.None);
                trail.Add("ended");
                throw new RpcException(new Status(StatusCode.Cancelled, "Call canceled by the client."));
            },
            "hanging");
        trail.Add("started");
        await hanging;
    }
}
