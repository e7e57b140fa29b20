using System.Runtime.CompilerServices;

namespace TaskGroups.Testing;

/// <summary>Turns a hang into a failure; the only real time in the tests.</summary>
public static class WatchdogExtensions
{
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(60);

    public static async Task WithWatchdog(this Task task, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        if (await Task.WhenAny(task, Task.Delay(Limit)) != task)
        {
            throw new InvalidOperationException($"Hangs: '{what}' has not ended within {Limit.TotalSeconds} s.");
        }

        await task;
    }

    public static async Task<T> WithWatchdog<T>(this Task<T> task, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        await WithWatchdog((Task)task, what);
        return await task;
    }
}
