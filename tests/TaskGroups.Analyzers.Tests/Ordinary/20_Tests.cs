using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

// How a team tests code that takes a group: the real one, and a gate instead of a sleep.
public sealed class ProfileTests
{
    public async Task Get_WhenTheServiceFails_CancelsTheRest()
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool canceled = false;
        Exception? thrown = null;
        try
        {
            await TaskGroup.RunAsync(async tasks =>
            {
                tasks.Run(async ct =>
                {
                    started.SetResult();
                    try
                    {
                        await Task.Delay(Timeout.Infinite, ct);
                    }
                    catch (OperationCanceledException)
                    {
                        canceled = true;
                        throw;
                    }
                });
                await started.Task;
                await tasks.Run(_ => Task.FromException(new InvalidDataException()));
            });
        }
        catch (InvalidDataException e)
        {
            thrown = e;
        }

        if (!canceled || thrown is null)
        {
            throw new InvalidOperationException("The other child went on.");
        }
    }

    public async Task Services_CanBeBuiltByHand()
    {
        ServiceCollection services = new();
        services.AddLogging().AddTaskGroups();
        await using ServiceProvider provider = services.BuildServiceProvider();
        await using AsyncServiceScope scope = provider.CreateAsyncScope();
        ITaskGroup tasks = scope.ServiceProvider.GetRequiredService<ITaskGroup>();
        Task<int> one = tasks.Run(_ => Task.FromResult(1));
        Task<int> two = tasks.Run(_ => Task.FromResult(2));
        await Task.WhenAll(one, two);
        int sum = one.Result + two.Result;
        IBackgroundTaskGroup background = provider.GetRequiredService<IBackgroundTaskGroup>();
        await background.Run(async ct => await Task.Delay(sum, ct));
    }
}
