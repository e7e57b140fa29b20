using System.Globalization;

namespace TaskGroups.Hosting;

/// <summary>Says once a second what a shutdown waits for: the requests first, then the background groups.</summary>
internal static class ShutdownProgress
{
    private const int MaxOldest = 5;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Says it from the first second on.</summary>
    /// <param name="end">Completes when nothing is waited for any more. It does not fail.</param>
    /// <param name="time">The application's clock.</param>
    /// <param name="say">Says it, after so much time. It does not throw.</param>
    /// <returns>A task that completes soon after <paramref name="end"/>, and never fails.</returns>
    public static async Task SayAsync(Task end, TimeProvider time, Action<TimeSpan> say)
    {
        long begun = time.GetTimestamp();
        using var timer = new PeriodicTimer(Interval, time);
        while (true)
        {
            await Task.WhenAny(end, timer.WaitForNextTickAsync().AsTask()).ConfigureAwait(false);
            if (end.IsCompleted)
            {
                return;
            }

            say(time.GetElapsedTime(begun));
        }
    }

    /// <summary>Names the oldest of what is waited for, how old they are, and how many have the same name.</summary>
    public static string NameOldest(IEnumerable<(string Name, TimeSpan Age)> all) => string.Join(
        ", ",
        all.GroupBy(each => each.Name, each => each.Age)
            .Select(each => (Name: each.Key, Age: each.Max(), Count: each.Count()))
            .OrderByDescending(each => each.Age)
            .Take(MaxOldest)
            .Select(each => string.Create(
                CultureInfo.InvariantCulture,
                $"{each.Name} ({each.Age.TotalSeconds:0.0} s{(each.Count > 1 ? $", {each.Count} of them" : "")})")));
}
